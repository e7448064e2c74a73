// The mutants that Stryker's instrumenter makes of a script: a JSON list of where each is, and its new text.
//
//   node list_js_mutants.mjs FOLDER-OF-NODE-MODULES SCRIPT
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [modules, script] = process.argv.slice(2);
const from = (...way) => import(pathToFileURL(path.resolve(modules, ...way)));
const { createInstrumenter } = await from("@stryker-mutator", "instrumenter", "dist", "src", "index.js");
const { createInjector } = await from("typed-inject", "dist", "src", "index.js");
const quiet = new Proxy({}, { get: () => () => false });
const injector = createInjector().provideValue("logger", quiet).provideValue("loggerContext", quiet)
  .provideValue("getLogger", () => quiet);
const instrumenter = injector.injectFunction(createInstrumenter);
const content = readFileSync(script, "utf8");
const file = { name: path.resolve(script), content, mutate: true };
const options = { plugins: null, excludedMutations: [], ignorers: [], noHeader: true };
const { mutants } = await instrumenter.instrument([file], options);
const found = mutants.map(({ mutatorName, replacement, location }) => ({ mutatorName, replacement, location }));
process.stdout.write(`${JSON.stringify(found)}\n`);
