"""Countries by their ISO 3166 code, as a document to a customer abroad prints them. Pure."""

from babel import Locale

HOME = "IN"
NO_COUNTRIES = {
    "AC",
    "CP",
    "CQ",
    "DG",
    "EA",
    "EU",
    "EZ",
    "IC",
    "QO",
    "TA",
    "UN",
    "XA",
    "XB",
    "ZZ",
}  # not in ISO 3166

COUNTRY_NAMES = {
    code: name
    for code, name in sorted(Locale("en").territories.items(), key=lambda row: row[1])
    if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
}
FOREIGN = [(code, name) for code, name in COUNTRY_NAMES.items() if code != HOME]
