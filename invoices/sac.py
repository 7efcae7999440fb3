"""Services by their accounting code: the official words and ours (gst reference § 7). Pure.

Table 12 of GSTR-1 names each; a code that is not here must be looked up in the official list before it is used.
"""

# fmt: off
SACS = {
    # code     official description,                                                     ours, at most 30 characters
    "998411": ("Carrier services",                                                       "Wholesale termination"),
    "998412": ("Fixed telephony services",                                               "Number rental"),
    "998413": ("Mobile telecommunications services",                                     "Mobile services"),
    "998414": ("Private network services",                                               "SIP trunks"),
    "998415": ("Data transmission services",                                             "Data transmission"),
    "998419": ("Other telecommunications services including fax services, telex services nowhere else classified",
               "Calls and SMS"),
    "998421": ("Internet backbone services",                                             "Internet backbone"),
    "998422": ("Internet access services in wired and wireless mode",                    "Internet access"),
    "998423": ("Fax, telephony over the internet",                                       "Internet telephony"),
    "998424": ("Audio conferencing and video conferencing over the internet",            "Conferencing"),
    "998429": ("Other Internet telecommunications services nowhere else classified",     "Other internet services"),
    "998313": ("Information technology (IT) consulting and support services",            "IT consulting"),
    "998314": ("Information technology (IT) design and development services",            "Integration and set-up"),
    "998315": ("Hosting and information technology (IT) infrastructure provisioning services", "Recording storage"),
    "998319": ("Other information technology services nowhere else classified",          "Other IT services"),
    "998599": ("Other support services nowhere else classified",                         "Recovery and restoration"),
}
# fmt: on
