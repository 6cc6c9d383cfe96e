use {
    super::read::{Item, Node},
    std::collections::BTreeMap,
};

/// A value to be written. Keys are sorted as raw bytes by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Integer(i64),
    Text(Vec<u8>),
    List(Vec<Value>),
    Dictionary(BTreeMap<Vec<u8>, Value>),
    /// Canonical text that is put in as it stands.
    Raw(Vec<u8>),
}

impl Value {
    pub fn text(text: impl AsRef<[u8]>) -> Self {
        Self::Text(text.as_ref().to_vec())
    }

    /// A number that counts bytes, files or seconds.
    pub fn count(number: u64) -> Self {
        Self::Integer(i64::try_from(number).expect("no file has 2^63 bytes"))
    }

    pub fn dictionary<K: AsRef<[u8]>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let owned = |(key, value): (K, Self)| (key.as_ref().to_vec(), value);
        Self::Dictionary(entries.into_iter().map(owned).collect())
    }

    /// The canonical text.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.append(&mut out);
        out
    }

    fn append(&self, out: &mut Vec<u8>) {
        match self {
            Self::Integer(number) => out.extend(format!("i{number}e").bytes()),
            Self::Text(text) => append_text(text, out),
            Self::List(items) => {
                out.push(b'l');
                items.iter().for_each(|item| item.append(out));
                out.push(b'e');
            }
            Self::Dictionary(entries) => append_dictionary(entries, out),
            Self::Raw(text) => out.extend(text),
        }
    }
}

fn append_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend(format!("{}:", text.len()).bytes());
    out.extend(text);
}

fn append_dictionary(entries: &BTreeMap<Vec<u8>, Value>, out: &mut Vec<u8>) {
    out.push(b'd');
    for (key, value) in entries {
        append_text(key, out);
        value.append(out);
    }
    out.push(b'e');
}

impl From<&Node<'_>> for Value {
    fn from(node: &Node) -> Self {
        match &node.item {
            Item::Integer(number) => Self::Integer(*number),
            Item::Text(text) => Self::text(text),
            Item::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Item::Dictionary(entries) => {
                Self::dictionary(entries.iter().map(|(key, node)| (key, Self::from(node))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use {
        super::{super::read::*, *},
        proptest::prelude::*,
    };

    #[test]
    fn keys_are_sorted_as_bytes() {
        let value = Value::dictionary([
            ("b", Value::Integer(-1)),
            ("B", Value::text("x")),
            ("", Value::List(vec![])),
        ]);
        assert_eq!(value.to_bytes(), b"d0:le1:B1:x1:bi-1ee");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::Integer),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Text),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            let key = prop::collection::vec(any::<u8>(), 0..6);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
                prop::collection::btree_map(key, inner, 0..8).prop_map(Value::Dictionary),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in value()) {
            let text = value.to_bytes();
            let node = read(&text, &Limits::default()).unwrap();
            prop_assert_eq!(Value::from(&node), value);
        }

        #[test]
        fn what_is_accepted_is_canonical(text in "[dlie0-9:ab-]{0,24}") {
            if let Ok(node) = read(text.as_bytes(), &Limits::default()) {
                prop_assert_eq!(Value::from(&node).to_bytes(), text.as_bytes());
            }
        }

        #[test]
        fn a_changed_byte_never_panics(
            value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let mut text = value.to_bytes();
            let at = at.index(text.len());
            text[at] = byte;
            if let Ok(node) = read(&text, &Limits::default()) {
                prop_assert_eq!(Value::from(&node).to_bytes(), text);
            }
        }
    }
}
