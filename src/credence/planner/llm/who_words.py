"""Words that say who somebody is: family, work, faith, state and origin, by their stems."""

from __future__ import annotations

from credence.planner.extraction.tokens import stem

_FAMILY = (
    "man", "men", "woman", "women", "boy", "girl", "guy", "lady", "mother", "father",
    "mom", "mum", "dad", "parent", "stepmother", "stepfather", "grandmother", "grandfather",
    "grandparent", "wife", "husband", "spouse", "fiancé", "fiancée", "boyfriend", "girlfriend",
    "widow", "widower", "bachelor", "housewife", "homemaker",
)  # fmt: skip
_WORK = (
    "student", "teacher", "professor", "lecturer", "nurse", "doctor", "physician", "surgeon",
    "dentist", "pharmacist", "therapist", "engineer", "programmer", "lawyer", "attorney",
    "accountant", "banker", "librarian", "plumber", "electrician", "carpenter",
    "farmer", "waiter", "waitress", "cashier", "secretary", "freelancer", "entrepreneur",
    "pensioner", "retiree", "veteran", "undergraduate", "schoolteacher",
)  # fmt: skip
_FAITH = (
    "christian", "catholic", "protestant", "evangelical", "mormon", "muslim", "jew", "hindu",
    "sikh", "buddhist", "atheist", "agnostic", "churchgoer",
)  # fmt: skip
_OF_A_STATE = ("lesbian", "teenager", "thirtysomething", "immigrant", "refugee", "expat")
_STATE = (
    "retired", "unemployed", "married", "unmarried", "divorced", "widowed", "pregnant", "disabled",
    "autistic", "depressed", "diabetic", "bipolar", "gay", "lesbian", "bisexual", "transgender",
    "queer", "nonbinary", "elderly", "christian", "muslim", "jewish", "devout",
)  # fmt: skip
_AILMENTS = ("disability", "autism", "adhd", "depression")
_ORIGIN = (
    "african", "american", "arab", "argentinian", "asian", "australian", "austrian", "bangladeshi",
    "belgian", "brazilian", "british", "bulgarian", "canadian", "chilean", "chinese", "colombian",
    "croatian", "cuban", "czech", "danish", "dutch", "egyptian", "english", "ethiopian",
    "european", "filipino", "finnish", "french", "german", "ghanaian", "greek", "hispanic",
    "hungarian", "icelandic", "indian", "indonesian", "iranian", "iraqi", "irish", "israeli",
    "italian", "jamaican", "japanese", "kenyan", "korean", "latina", "latino", "lebanese",
    "malaysian", "mexican", "moroccan", "nigerian", "norwegian", "pakistani", "palestinian",
    "persian", "peruvian", "polish", "portuguese", "romanian", "russian", "scottish", "serbian",
    "slovak", "spanish", "swedish", "swiss", "syrian", "thai", "turkish", "ukrainian",
    "venezuelan", "vietnamese", "welsh",
)  # fmt: skip

_OF_A_READER = ("straight", "religious", "wealthy", "poor", "middle-aged", "young", "old")

# What somebody may be called, and how; the last ones of each tell it in a sentence's form alone.
NOUNS = (*_FAMILY, *_WORK, *_FAITH, *_OF_A_STATE, "male", "female")
STATES = (*_STATE, "single", *_OF_A_READER)

# What works are made by, or about, as often: it says of a reader what they are as "is a chef" does.
CALLINGS = (
    "actor", "actress", "architect", "artist", "author", "chef", "coder", "consultant", "cook",
    "dancer", "designer", "developer", "driver", "executive", "firefighter", "gardener",
    "journalist", "manager", "mechanic", "millennial", "musician", "officer", "painter", "pilot",
    "researcher", "scientist", "singer", "soldier", "translator", "writer",
)  # fmt: skip
BEFORE_READER = (*_OF_A_READER, "black", "white", "asian", "older", "rich", "male", "female")

WHO = frozenset(map(stem, (*_FAMILY, *_WORK, *_FAITH, *_OF_A_STATE, *_STATE, *_AILMENTS)))
ORIGIN = frozenset(map(stem, _ORIGIN))  # with a capital only: "polish" may be a virtue of prose
