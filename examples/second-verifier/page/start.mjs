// Where the program begins: as the page, or as its worker.

import { answerAsWorker, isWorker } from './aside.mjs';
import { startPage } from './page.mjs';

if (isWorker) answerAsWorker();
else startPage();
