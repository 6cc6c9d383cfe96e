use thiserror::Error;

/// How much of a hostile text is looked at before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub bytes: usize,
    /// Lists and dictionaries inside each other.
    pub depth: usize,
    /// Integers, strings, lists and dictionaries.
    pub items: usize,
}

impl Default for Limits {
    /// What libtorrent accepts by default, so that nothing is written here
    /// that a client would refuse.
    fn default() -> Self {
        Self {
            bytes: 10_000_000,
            depth: 100,
            items: 3_000_000,
        }
    }
}

/// A value together with the text that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'a> {
    /// Infohashes are taken over this, never over a copy written again.
    pub raw: &'a [u8],
    pub item: Item<'a>,
}

/// What a value is. Integers outside 64 bits are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    Integer(i64),
    Text(&'a [u8]),
    List(Vec<Node<'a>>),
    /// Sorted by key as raw bytes, each key once.
    Dictionary(Vec<(&'a [u8], Node<'a>)>),
}

/// The text is not canonical bencoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("at byte {at}: {mistake}")]
pub struct ReadError {
    pub at: usize,
    pub mistake: Mistake,
}

/// In what way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Mistake {
    #[error("the text ends in the middle of a value")]
    Ended,
    #[error("expected the start of a value")]
    NoValue,
    #[error("an integer is malformed, has leading zeros or does not fit 64 bits")]
    Integer,
    #[error("the length of a string is malformed or has leading zeros")]
    Length,
    #[error("a dictionary key is no string")]
    Key,
    #[error("dictionary keys are not sorted, or one stands twice")]
    Order,
    #[error("something follows the value")]
    Trailing,
    #[error("more than the limit of {0} bytes")]
    TooLong(usize),
    #[error("lists and dictionaries nest deeper than the limit of {0}")]
    TooDeep(usize),
    #[error("more than the limit of {0} values")]
    TooMany(usize),
}

/// Reads one value that fills all of `bytes`.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Node<'a>, ReadError> {
    let mut reader = Reader {
        bytes,
        at: 0,
        items: 0,
        limits: *limits,
    };
    if bytes.len() > limits.bytes {
        return reader.refuse(Mistake::TooLong(limits.bytes));
    }
    let node = reader.node(0)?;
    if reader.at < bytes.len() {
        return reader.refuse(Mistake::Trailing);
    }
    Ok(node)
}

impl<'a> Node<'a> {
    /// The value of a key, when this is a dictionary that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Item::Dictionary(entries) = &self.item else {
            return None;
        };
        entries
            .binary_search_by(|(name, _)| (*name).cmp(key.as_bytes()))
            .ok()
            .map(|at| &entries[at].1)
    }

    pub fn integer(&self) -> Option<i64> {
        match self.item {
            Item::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub fn bytes(&self) -> Option<&'a [u8]> {
        match self.item {
            Item::Text(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub fn list(&self) -> Option<&[Self]> {
        match &self.item {
            Item::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn entries(&self) -> Option<&[(&'a [u8], Self)]> {
        match &self.item {
            Item::Dictionary(entries) => Some(entries),
            _ => None,
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    items: usize,
    limits: Limits,
}

impl<'a> Reader<'a> {
    fn refuse<T>(&self, mistake: Mistake) -> Result<T, ReadError> {
        Err(ReadError {
            at: self.at,
            mistake,
        })
    }

    fn peek(&self) -> Result<u8, ReadError> {
        match self.bytes.get(self.at) {
            Some(byte) => Ok(*byte),
            None => self.refuse(Mistake::Ended),
        }
    }

    fn node(&mut self, depth: usize) -> Result<Node<'a>, ReadError> {
        self.items += 1;
        if self.items > self.limits.items {
            return self.refuse(Mistake::TooMany(self.limits.items));
        }
        if depth > self.limits.depth {
            return self.refuse(Mistake::TooDeep(self.limits.depth));
        }
        let start = self.at;
        let item = match self.peek()? {
            b'i' => Item::Integer(self.integer()?),
            b'0'..=b'9' => Item::Text(self.text()?),
            b'l' => Item::List(self.list(depth)?),
            b'd' => Item::Dictionary(self.dictionary(depth)?),
            _ => return self.refuse(Mistake::NoValue),
        };
        let raw = &self.bytes[start..self.at];
        Ok(Node { raw, item })
    }

    /// The text up to `end`, which is passed over.
    fn until(&mut self, end: u8, mistake: Mistake) -> Result<&'a str, ReadError> {
        const LONGEST: usize = 20;
        let rest = &self.bytes[self.at..];
        let digits = &rest[..rest.len().min(LONGEST + 1)];
        let Some(length) = digits.iter().position(|byte| *byte == end) else {
            let ended = rest.len() <= LONGEST;
            return self.refuse(if ended { Mistake::Ended } else { mistake });
        };
        let Ok(text) = str::from_utf8(&rest[..length]) else {
            return self.refuse(mistake);
        };
        self.at += length + 1;
        Ok(text)
    }

    fn integer(&mut self) -> Result<i64, ReadError> {
        let start = self.at;
        self.at += 1;
        let text = self.until(b'e', Mistake::Integer)?;
        let canonical = |number: &i64| number.to_string() == text;
        text.parse().ok().filter(canonical).ok_or(ReadError {
            at: start,
            mistake: Mistake::Integer,
        })
    }

    fn text(&mut self) -> Result<&'a [u8], ReadError> {
        let start = self.at;
        let digits = self.until(b':', Mistake::Length)?;
        let canonical = |length: &usize| length.to_string() == digits;
        let length = digits.parse().ok().filter(canonical).ok_or(ReadError {
            at: start,
            mistake: Mistake::Length,
        })?;
        let rest = &self.bytes[self.at..];
        let Some(text) = rest.get(..length) else {
            return self.refuse(Mistake::Ended);
        };
        self.at += length;
        Ok(text)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node<'a>>, ReadError> {
        self.at += 1;
        let mut items = Vec::new();
        while self.peek()? != b'e' {
            items.push(self.node(depth + 1)?);
        }
        self.at += 1;
        Ok(items)
    }

    fn dictionary(&mut self, depth: usize) -> Result<Vec<(&'a [u8], Node<'a>)>, ReadError> {
        self.at += 1;
        let mut entries: Vec<(&'a [u8], Node<'a>)> = Vec::new();
        while self.peek()? != b'e' {
            if !self.peek()?.is_ascii_digit() {
                return self.refuse(Mistake::Key);
            }
            let start = self.at;
            let key = self.text()?;
            if entries.last().is_some_and(|(last, _)| *last >= key) {
                return Err(ReadError {
                    at: start,
                    mistake: Mistake::Order,
                });
            }
            entries.push((key, self.node(depth + 1)?));
        }
        self.at += 1;
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, Mistake::*};

    fn mistake(text: &[u8]) -> Mistake {
        read(text, &Limits::default()).unwrap_err().mistake
    }

    #[test]
    fn values_are_read_with_their_text() {
        let text = b"d1:ai-42e1:bl0:i0eee";
        let node = read(text, &Limits::default()).unwrap();
        assert_eq!(node.raw, text);
        assert_eq!(node.get("a").and_then(Node::integer), Some(-42));
        let list = node.get("b").unwrap();
        assert_eq!(list.raw, b"l0:i0ee");
        assert_eq!(list.list().unwrap()[0].bytes(), Some(&b""[..]));
        assert!(node.get("c").is_none());
    }

    #[test]
    fn what_is_not_canonical_is_refused() {
        for (text, expected) in [
            (&b""[..], Ended),
            (b"i1", Ended),
            (b"5:spam", Ended),
            (b"li1e", Ended),
            (b"d1:a", Ended),
            (b"3", Ended),
            (b"x", NoValue),
            (b"lxe", NoValue),
            (b"ie", Integer),
            (b"i-0e", Integer),
            (b"i03e", Integer),
            (b"i+3e", Integer),
            (b"i9223372036854775808e", Integer),
            (b"i1234567890123456789012345e", Integer),
            (b"04:spam", Length),
            (b"1x:a", Length),
            (b"99999999999999999999999:a", Length),
            (b"di1ei2ee", Key),
            (b"d1:bi1e1:ai2ee", Order),
            (b"d1:ai1e1:ai2ee", Order),
            (b"i1ei2e", Trailing),
        ] {
            let shown = String::from_utf8_lossy(text);
            assert_eq!(mistake(text), expected, "{shown}");
        }
    }

    #[test]
    fn limits_hold() {
        let limits = Limits {
            bytes: 40,
            depth: 2,
            items: 5,
        };
        let mistake = |text: &[u8]| read(text, &limits).unwrap_err().mistake;
        assert!(read(b"lllee1:ae", &limits).is_ok());
        assert_eq!(mistake(b"lllleeee"), TooDeep(2));
        assert_eq!(mistake(b"li1ei1ei1ei1ei1ee"), TooMany(5));
        assert_eq!(mistake(&[b'l'; 41]), TooLong(40));
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        assert_eq!(mistake(&vec![b'l'; 1_000_000]), TooDeep(100));
    }
}
