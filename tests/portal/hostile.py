"""What people and machines may write, at its worst. One table for every door and every way out."""

# fmt: off
HOSTILE = {
    "markup":      "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "a template":  "{{ settings.SECRET_KEY }}{% debug %}${7*7}",
    "a formula":   "=HYPERLINK(\"http://x.example\",\"y\")",
    "a command":   "@SUM(1)|cmd",
    "line breaks": "Lotus\r\nBcc: all@example.in\u2028Next\x85More",
    "bidi marks":  "Lotus\u202egnp.exe\u2066x\u2069\u200f",
    "controls":    "Lo\x07tus\x1b[31m\x0bred\x1c",
    "one word":    "W" * 120,
}
# fmt: on
UNSEEN = set("\u202e\u2066\u2069\u200f\x07\x1b\x0b\x1c\x85\u2028")  # what no way out may carry of them
