//! Languages in Latin letters.

use super::tongue::{Sounds, Tongue};

pub(super) static ENGLISH: Tongue = Tongue {
    language: "en",
    share: 755,
    space: " ",
    frequent: &[
        "the", "I", "you", "of", "a", "in", "to", "my", "me", "it", "love", "and", "no", "on",
        "your", "all", "for", "is", "one", "time", "down", "up", "can", "night", "let", "that",
        "out", "way", "like", "with", "from",
    ],
    frequent_in_names: &[
        "the",
        "and",
        "of",
        "band",
        "DJ",
        "orchestra",
        "young",
        "black",
        "new",
        "brothers",
        "lil",
        "trio",
        "big",
        "little",
        "red",
        "his",
    ],
    sounds: Sounds {
        onsets: [
            "b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "gr", "sh", "st", "tr",
        ],
        vowels: ["a", "e", "i", "o", "u", "y", "ea", "oo"],
        codas: ["", "n", "r", "l", "s", "t", "ck", "nd"],
        endings: ["son", "ley", "ton", "ry", "man", "x", "th", "m"],
    },
};

pub(super) static SPANISH: Tongue = Tongue {
    language: "es",
    share: 50,
    space: " ",
    frequent: &[
        "de", "la", "el", "que", "en", "mi", "tu", "y", "no", "amor", "te", "un", "los", "me",
        "con", "por", "sin", "corazón", "vida", "noche",
    ],
    frequent_in_names: &[
        "los", "de", "la", "y", "el", "orquesta", "del", "grupo", "las",
    ],
    sounds: Sounds {
        onsets: [
            "b", "c", "d", "f", "g", "h", "j", "l", "m", "n", "p", "r", "ll", "qu", "tr", "z",
        ],
        vowels: ["a", "e", "i", "o", "u", "ia", "ie", "ue"],
        codas: ["", "n", "r", "s", "l", "d", "z", "ñ"],
        endings: ["ndez", "rro", "ntes", "lla", "no", "ra", "les", "nés"],
    },
};

pub(super) static GERMAN: Tongue = Tongue {
    language: "de",
    share: 50,
    space: " ",
    frequent: &[
        "der", "die", "ich", "und", "du", "das", "in", "nicht", "mein", "ein", "ist", "von", "mit",
        "auf", "wir", "Liebe", "zu", "es", "Nacht", "im",
    ],
    frequent_in_names: &["die", "und", "von", "der", "Orchester", "Chor", "das"],
    sounds: Sounds {
        onsets: [
            "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "sch", "st", "tr", "v",
        ],
        vowels: ["a", "e", "i", "o", "u", "ei", "ie", "au"],
        codas: ["", "n", "r", "t", "st", "cht", "l", "nd"],
        endings: ["mann", "rt", "ng", "ner", "ch", "ld", "tz", "ß"],
    },
};

pub(super) static FRENCH: Tongue = Tongue {
    language: "fr",
    share: 45,
    space: " ",
    frequent: &[
        "de", "la", "le", "les", "un", "je", "et", "des", "du", "à", "en", "pas", "mon", "une",
        "tu", "est", "amour", "sur", "nuit", "pour",
    ],
    frequent_in_names: &["de", "les", "la", "et", "le", "du", "orchestre"],
    sounds: Sounds {
        onsets: [
            "b", "c", "d", "f", "g", "j", "l", "m", "n", "p", "r", "s", "fr", "gr", "pl", "tr",
        ],
        vowels: ["a", "e", "i", "o", "ou", "eu", "oi", "ai"],
        codas: ["", "n", "r", "s", "t", "x", "l", "ç"],
        endings: ["nt", "ck", "lle", "rd", "ne", "st", "nnet", "mé"],
    },
};

pub(super) static PORTUGUESE: Tongue = Tongue {
    language: "pt",
    share: 20,
    space: " ",
    frequent: &[
        "de", "o", "a", "do", "da", "que", "eu", "não", "meu", "e", "em", "amor", "você", "um",
        "no", "na", "com", "samba", "vida", "saudade",
    ],
    frequent_in_names: &["da", "os", "de", "do", "e", "grupo", "dos"],
    sounds: Sounds {
        onsets: [
            "b", "c", "d", "f", "g", "j", "l", "m", "n", "p", "r", "s", "nh", "qu", "tr", "z",
        ],
        vowels: ["a", "e", "i", "o", "u", "ei", "ou", "ia"],
        codas: ["", "r", "s", "m", "l", "z", "n", "ção"],
        endings: ["ra", "nho", "lva", "s", "reira", "nto", "do", "mão"],
    },
};

pub(super) static SWEDISH: Tongue = Tongue {
    language: "sv",
    share: 15,
    space: " ",
    frequent: &[
        "jag", "i", "en", "på", "är", "och", "du", "det", "min", "av", "till", "som", "inte",
        "för", "dig", "vi", "natt",
    ],
    frequent_in_names: &["och", "av", "kören", "de"],
    sounds: Sounds {
        onsets: [
            "b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "sk", "st", "sv", "tr",
        ],
        vowels: ["a", "e", "i", "o", "u", "y", "å", "ö"],
        codas: ["", "n", "r", "t", "s", "ng", "ll", "d"],
        endings: ["sson", "rg", "nd", "m", "ström", "lin", "qvist", "k"],
    },
};

pub(super) static POLISH: Tongue = Tongue {
    language: "pl",
    share: 12,
    space: " ",
    frequent: &[
        "w",
        "nie",
        "na",
        "i",
        "z",
        "to",
        "do",
        "się",
        "moja",
        "jest",
        "o",
        "mnie",
        "jak",
        "miłość",
        "dla",
        "noc",
    ],
    frequent_in_names: &["i", "zespół", "chór"],
    sounds: Sounds {
        onsets: [
            "b", "c", "d", "g", "j", "k", "l", "m", "n", "p", "r", "s", "prz", "sz", "st", "rz",
        ],
        vowels: ["a", "e", "i", "o", "u", "y", "ie", "ia"],
        codas: ["", "ć", "k", "m", "n", "t", "w", "ść"],
        endings: ["wski", "cki", "k", "czyk", "rz", "lski", "wicz", "ń"],
    },
};

pub(super) static TURKISH: Tongue = Tongue {
    language: "tr",
    share: 8,
    space: " ",
    frequent: &[
        "bir", "ben", "sen", "aşk", "bu", "ve", "gel", "beni", "seni", "ne", "yok", "gece", "için",
        "bana",
    ],
    frequent_in_names: &["ve", "grup"],
    sounds: Sounds {
        onsets: [
            "b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "ç", "ş", "ğ", "j",
        ],
        vowels: ["a", "e", "i", "o", "u", "ı", "ü", "ö"],
        codas: ["", "k", "l", "m", "n", "r", "t", "ş"],
        endings: ["oğlu", "y", "z", "kan", "ç", "ner", "s", "lı"],
    },
};

pub(super) static VIETNAMESE: Tongue = Tongue {
    language: "vi",
    share: 5,
    space: " ",
    frequent: &[
        "em", "anh", "tình", "yêu", "mùa", "đêm", "một", "người", "cho", "về", "mưa", "nhớ",
    ],
    frequent_in_names: &["Nguyễn", "Trần", "Lê"],
    sounds: Sounds {
        onsets: [
            "b", "c", "d", "đ", "g", "h", "kh", "l", "m", "n", "ng", "nh", "th", "tr", "v", "x",
        ],
        vowels: ["a", "ê", "i", "ô", "u", "á", "ươ", "ạ"],
        codas: ["", "n", "m", "ng", "t", "c", "nh", "p"],
        endings: ["ny", "nn", "ngh", "tt", "ch", "my", "ly", "k"],
    },
};
