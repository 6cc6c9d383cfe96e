use {
    super::{
        super::scalar::Scalar,
        fields::{Fields, Item, MOST},
        files::is_original_audio,
    },
    serde::{
        Deserialize, Deserializer,
        de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
    },
    std::fmt,
};

/// Reads an answer of the metadata API.
pub(super) fn item(text: &str) -> serde_json::Result<Item> {
    let read: Answer = serde_json::from_str(text)?;
    Ok(Item {
        metadata: read.metadata.0,
        files: read.files.map(|files| files.0),
        is_foreign: false,
    })
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    metadata: Object,
    #[serde(default)]
    files: Option<Files>,
}

/// The fields of an object: texts, numbers, truth values and lists of them.
#[derive(Default)]
struct Object(Fields);

/// Those files of an item that may be tracks.
struct Files(Vec<Fields>);

/// The texts of a field; what is nested deeper is passed over.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Fields::default();
                while let Some(name) = map.next_key::<String>()? {
                    for text in map.next_value::<Texts>()?.0 {
                        fields.add(&name, &text);
                    }
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Read)
    }
}

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Files;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of files")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Files, A::Error> {
                let mut files = Vec::new();
                while let Some(Object(file)) = list.next_element()? {
                    if is_original_audio(&file) {
                        files.push(file);
                    }
                }
                Ok(Files(files))
            }
        }

        deserializer.deserialize_seq(Read)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.into()]))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Texts, E> {
                Ok(Texts(vec![value.to_string()]))
            }

            fn visit_unit<E>(self) -> Result<Texts, E> {
                Ok(Texts(Vec::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Texts(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(scalar) = list.next_element::<Scalar>()? {
                    let text = scalar.text().filter(|_| texts.len() < MOST);
                    texts.extend(text.map(str::to_owned));
                }
                Ok(Texts(texts))
            }
        }

        deserializer.deserialize_any(Read)
    }
}
