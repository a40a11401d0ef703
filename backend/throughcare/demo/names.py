"""Names that nobody bears, for places and people. Data only."""

from __future__ import annotations

AUTHORITIES = ("Saltmere", "Millbeck", "Oldbury Vale", "Tannerdale", "Wrenmoor", "Kestlewick", "East Holm")

# name, short, authority, days since it opened
SUITES = (
    ("Harbour Lane", "HL", "Saltmere", 2400),
    ("Mill Gate", "MG", "Millbeck", 1900),
    ("Oldbury", "OB", "Oldbury Vale", 1900),
    ("Tannery Row", "TR", "Tannerdale", 800),
    ("Quay Street", "QS", "East Holm", 3),  # opened this week: nobody has been brought there yet
)

# name, role, suites
USERS = (
    ("Nia Farrow", "custody_worker", ("HL", "MG", "QS")),
    ("Sam Brackley", "custody_worker", ("MG", "HL")),
    ("Ada Thistle", "custody_worker", ("OB", "TR")),
    ("Bram Oakley", "custody_worker", ("TR", "OB")),
    ("Rhona Wickstead", "outreach_worker", ("HL", "MG", "OB", "TR")),
    ("Jo Maddern", "supervisor", ("HL", "MG", "OB", "TR", "QS")),
    ("Isla Penrood", "supervisor", ("OB", "TR")),
    ("Clem Averley", "manager", ("HL", "MG", "OB", "TR", "QS")),
    ("Dot Ashcombe", "administrator", ()),
)

GIVEN = (
    "Alder", "Bex", "Callan", "Dorrie", "Edda", "Fenn", "Gwil", "Hessa", "Ismay", "Joss", "Kitto", "Lorne", "Merrin",
    "Nell", "Orrin", "Perrin", "Quill", "Roswen", "Senna", "Taran", "Ulla", "Verity", "Wilmot", "Yestin", "Zennor",
)  # fmt: skip
FAMILY_START = (
    "Amber", "Bracken", "Cobble", "Damson", "Elder", "Fether", "Garth", "Hollin", "Juniper", "Kestle", "Lark", "Marl",
    "Nettle", "Osier", "Peb", "Quern", "Rush", "Sorrel", "Thorn", "Under", "Vetch", "Whin", "Yarrow",
)  # fmt: skip
FAMILY_END = ("beck", "combe", "dale", "field", "garth", "holt", "lea", "mere", "ridge", "stow", "thwaite", "wold")
SERGEANTS = ("Sgt Amory", "Sgt Fenby", "Sgt Larch", "Sgt Oake")
OFFENCES = ("Acquisitive crime", "Public order", "Drug possession", "Driving", "Assault", "Breach of conditions")
