"""Files of every kind, made for tests."""

import io
import zipfile

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx


def word() -> bytes:
    """A Word file with headings, a list and a table."""
    document = docx.Document()
    document.add_heading("Returns", 1)
    document.add_paragraph("You may return any bike within 30 days.")
    document.add_heading("What to send", 2)
    document.add_paragraph("The receipt", style="List Bullet")
    document.add_paragraph("The bike", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for place, text in enumerate(("Country", "Price", "Germany", "€39.00")):
        table.cell(place // 2, place % 2).text = text
    return _saved(document)


def slides() -> bytes:
    """A PowerPoint file with one slide."""
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Opening hours"
    slide.placeholders[1].text = "Monday to Friday 10 to 18\nSaturday 10 to 14"
    return _saved(presentation)


def sheet(rows: list[list[object]]) -> bytes:
    """An Excel file with one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return _saved(book)


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def zip_bomb() -> bytes:
    """A Word file whose text unpacks to 300 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word())) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for part in whole.infolist():
            body = whole.read(part)
            bomb.writestr(part.filename, body if part.filename != "word/document.xml" else b"<w>" + b" " * 300_000_000)
    return out.getvalue()


def pdf(text: str = "The warranty lasts two years.", *, broken_xref: bool = False, encrypted: bool = False) -> bytes:
    """A PDF with one page."""
    lines = text.split("\n")
    stream = "BT /F1 24 Tf 50 750 Td (Warranty) Tj ET " + "".join(
        f"BT /F1 11 Tf 50 {700 - 14 * number} Td ({line}) Tj ET " for number, line in enumerate(lines)
    )
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n"
    start = len(out) if not broken_xref else 999_999
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    out += "".join(f"{place if not broken_xref else 7:010} 00000 n \n" for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF"
    body = out.encode("latin-1")
    if encrypted:
        import pypdf

        writer = pypdf.PdfWriter(clone_from=io.BytesIO(body))
        writer.encrypt("secret", algorithm="RC4-128")
        locked = io.BytesIO()
        writer.write(locked)
        return locked.getvalue()
    return body
