"""PDF files as people may hand them in: sound ones, and each kind that a portal must not keep."""

import io

import pikepdf

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
TREE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"


def pdf(*objects: bytes, root: bytes = CATALOG, tree: bytes = TREE, page: bytes = PAGE) -> bytes:
    """Write a file by hand, object by object, as no program would."""
    out, starts = b"%PDF-1.7\n", []
    for number, one in enumerate((root, tree, page, *objects), 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(starts) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def written(**options) -> bytes:
    """A page as a program writes it; `script` in its names runs when it is opened."""
    made, script = pikepdf.new(), options.pop("script", "")
    made.add_blank_page()
    if script:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(script))
        names = pikepdf.Array([pikepdf.String("a"), action])
        made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=names))
    out = io.BytesIO()
    made.save(out, **options)
    return out.getvalue()


KIDS = b"<< /Type /Pages /Kids [" + b"3 0 R " * 201 + b"] /Count %d >>"
# fmt: off
SOUND = {
    "as a program writes it":   written(),
    "opens at its first page":  pdf(root=CATALOG[:-2] + b"/OpenAction [3 0 R /Fit] >>"),
    "names that are a number":  pdf(root=CATALOG[:-2] + b"/Names 5 >>"),
}
UNSOUND = {  #                  the file, and what is said of it
    "a picture":                (b"GIF89a", "not a PDF"),
    "a page of the web":        (b"<html><script>alert(1)</script>", "not a PDF"),
    "nothing":                  (b"", "not a PDF"),
    "too large":                (b"%PDF-" + b"0" * 5_000_000, "larger than 5 MB"),
    "broken":                   (b"%PDF-1.7 broken", "cannot be read"),
    "noise":                    (b"%PDF-1.7\n" + b"\x00\xff" * 1000, "cannot be read"),
    "a password":               (written(encryption=pikepdf.Encryption(user="a", owner="b")), "cannot be read"),
    "a tree that bites itself": (pdf(tree=b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), "cannot be read"),
    "a tree that is a number":  (pdf(root=b"<< /Type /Catalog /Pages 4 >>"), "cannot be read"),
    "deep":                     (pdf(b"[" * 200_000), "cannot be read"),
    "no page":                  (pdf(tree=b"<< /Type /Pages /Kids [] /Count 0 >>"), "no page"),
    "too many pages":           (pdf(tree=KIDS % 201), "more than 200"),
    "more pages than it says":  (pdf(tree=KIDS % 1), "more than 200"),
    "a script":                 (written(script="app.alert(1)"), "runs something"),
    "a packed script":          (written(script="x", object_stream_mode=pikepdf.ObjectStreamMode.generate),
                                 "runs something"),
    "a script under a mask":    (pdf(page=PAGE[:-2] + b"/AA << /O << /S /Java#53cript /#4aS (x) >> >> >>"),
                                 "runs something"),
    "a program":                (pdf(b"[ << /S /Launch /F (cmd.exe) >> ]"), "runs something"),
    "a form that sends":        (pdf(b"<< /S /SubmitForm /F (http://x.example) >>"), "runs something"),
    "a file inside":            (pdf(b"<< /Type /EmbeddedFile /Length 3 >>\nstream\nabc\nendstream"),
                                 "carries a file"),
}
# fmt: on
