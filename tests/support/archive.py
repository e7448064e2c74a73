"""What PDF/A-2a, PDF/A-3a and PDF/UA-1 ask for, as far as it can be read off the objects of a file.

veraPDF, the validator that the industry made, is in no registry that the tests can reach. This looks for what a
typesetter can get wrong of ISO 19005-2 and 19005-3 (clauses in brackets) and of ISO 14289-1; it is not a certificate.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

_FORBIDDEN_ACTIONS = {
    "/JavaScript",
    "/Launch",
    "/Sound",
    "/Movie",
    "/ResetForm",
    "/ImportData",
    "/SetOCGState",
    "/Hide",
}
_PDFA, _UA = "http://www.aiim.org/pdfa/ns/id/", "http://www.aiim.org/pdfua/ns/id/"


def faults_of(content: bytes, *, part: int = 2) -> list[str]:
    """What ``content`` lacks, or has too much of, for PDF/A of that part, level A, and PDF/UA-1."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return list(_faults(pdf, part))


def _faults(pdf: pikepdf.Pdf, part: int) -> Iterator[str]:
    yield from (f"syntax: {each}" for each in pdf.check_pdf_syntax())
    if pdf.is_encrypted or "/ID" not in pdf.trailer:
        yield "encrypted, or without an ID (6.1.3)"
    root: Any = pdf.Root
    with pdf.open_metadata() as meta:
        said = (meta.get(f"{{{_PDFA}}}part"), meta.get(f"{{{_PDFA}}}conformance"), meta.get(f"{{{_UA}}}part"))
        if said != (str(part), "A", "1"):
            yield f"the metadata claims {said} (6.6.4)"
        if not meta.get("dc:title"):
            yield "no title in the metadata"
    intents = [i for i in root.get("/OutputIntents", []) if i.get("/S") == "/GTS_PDFA1"]
    if len(intents) != 1 or "/DestOutputProfile" not in intents[0]:
        yield "no output intent with a colour profile (6.2.3)"
    if not root.get("/MarkInfo", {}).get("/Marked", False) or "/StructTreeRoot" not in root:
        yield "not tagged (6.7)"
    if not str(root.get("/Lang", "")):
        yield "no language (6.7.4)"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
        yield "a reader would not show its title (UA-1, 7.1)"
    if {"/OpenAction", "/AA", "/AcroForm", "/NeedsRendering", "/OCProperties"} & set(root.keys()):
        yield "opens with an action, or holds a form or layers"
    yield from _objects(pdf)
    yield from _attachments(pdf, part)
    for number, page in enumerate(pdf.pages, start=1):
        if "/StructParents" not in page or page.get("/Tabs") not in {None, "/S"}:
            yield f"page {number} is outside the structure tree"


def _objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    for each in pdf.objects:
        if not isinstance(each, (pikepdf.Dictionary, pikepdf.Stream)):
            continue
        if each.get("/Type") == "/Font":
            yield from _font(each)
        if str(each.get("/S", "")) in _FORBIDDEN_ACTIONS or "/JS" in each:
            yield f"an action {each.get('/S')} (6.5.1)"
        if isinstance(each, pikepdf.Stream) and ({"/F", "/FFilter"} & set(each.keys())):
            yield "a stream in another file (6.1.7.1)"
        if "/LZWDecode" in str(each.get("/Filter", "")):
            yield "LZW (6.1.7.2)"
        if each.get("/Type") == "/StructElem" and each.get("/S") == "/Figure" and not str(each.get("/Alt", "")):
            yield "a figure without words for it (UA-1, 7.3)"


def _font(font: Any) -> Iterator[str]:
    name = font.get("/BaseFont")
    if font.get("/Subtype") == "/Type0":
        if "/ToUnicode" not in font:
            yield f"{name}: no way back to text (6.2.11.7)"
        return
    if font.get("/Subtype") == "/Type3":
        return
    described = font.get("/FontDescriptor", {})
    if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(described.keys()):
        yield f"{name}: not embedded (6.2.11.4)"


def _attachments(pdf: pikepdf.Pdf, part: int) -> Iterator[str]:
    specs = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Filespec"]
    if specs and part == 2:
        yield "files are attached (A-2 allows only PDF/A ones)"
    for spec in specs:
        if not {"/AFRelationship", "/F", "/UF"} <= set(spec.keys()) or "/Subtype" not in spec.EF.F:
            yield "an attached file without its kind or its relation to the document (A-3, 6.8)"
    if len(specs) != len(pdf.Root.get("/AF", [])):
        yield "an attached file that is not associated with the document (A-3, 6.8)"
