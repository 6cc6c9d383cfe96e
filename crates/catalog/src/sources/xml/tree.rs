use {
    super::{error::XmlError, limits},
    quick_xml::{
        Reader, XmlVersion,
        escape::resolve_predefined_entity,
        events::{BytesRef, BytesStart, Event},
    },
    std::borrow::Cow,
};

/// The elements of a text, in the order of their start tags.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    attributes: Vec<Attribute<'a>>,
}

#[derive(Debug)]
struct Node<'a> {
    /// With its prefix.
    name: Cow<'a, str>,
    /// Its own text, that of elements inside left out.
    text: Cow<'a, str>,
    /// The first of its attributes; they end where those of the next begin.
    attributes: u32,
    /// The first node that is not inside.
    end: u32,
}

#[derive(Debug)]
struct Attribute<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// One element of a tree. Names are looked up without their prefixes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'t> {
    tree: &'t Tree<'t>,
    at: usize,
}

impl<'a> Tree<'a> {
    /// Reads a whole text. Elements called as one in `skip` are passed over
    /// with all that they hold.
    ///
    /// # Errors
    /// Where the text is not well-formed, hostile or cut off.
    pub(crate) fn parse(text: &'a str, skip: &[&str]) -> Result<Self, XmlError> {
        let mut builder = Builder {
            text,
            skip,
            tree: Self {
                nodes: Vec::new(),
                attributes: Vec::new(),
            },
            open: Vec::new(),
            skipped: 0,
        };
        builder.read()?;
        Ok(builder.tree)
    }

    /// The elements that are inside no other.
    pub(crate) fn roots(&self) -> impl Iterator<Item = Element<'_>> {
        self.side_by_side(0, self.nodes.len())
    }

    /// The one element that is inside no other.
    ///
    /// # Errors
    /// When there is none or more than one.
    pub(crate) fn root(&self) -> Result<Element<'_>, XmlError> {
        match self.roots().count() {
            0 => Err(XmlError::Empty),
            1 => Ok(Element { tree: self, at: 0 }),
            count => Err(XmlError::Several { count }),
        }
    }

    fn side_by_side(&self, first: usize, end: usize) -> impl Iterator<Item = Element<'_>> {
        let mut next = first;
        std::iter::from_fn(move || {
            let at = next;
            (at < end).then(|| {
                next = self.nodes[at].end as usize;
                Element { tree: self, at }
            })
        })
    }
}

impl<'t> Element<'t> {
    fn node(self) -> &'t Node<'t> {
        &self.tree.nodes[self.at]
    }

    /// The name without its prefix.
    pub(crate) fn name(self) -> &'t str {
        local(&self.node().name)
    }

    /// Its own text, without white space at the ends.
    pub(crate) fn text(self) -> &'t str {
        self.node().text.trim()
    }

    pub(crate) fn attribute(self, name: &str) -> Option<&'t str> {
        let found = self.attributes().find(|it| local(&it.name) == name);
        found.map(|attribute| attribute.value.trim())
    }

    fn attributes(self) -> impl Iterator<Item = &'t Attribute<'t>> {
        let first = self.node().attributes as usize;
        let next = self.tree.nodes.get(self.at + 1);
        let end = next.map_or(self.tree.attributes.len(), |node| node.attributes as usize);
        self.tree.attributes[first..end].iter()
    }

    /// The namespace of the element, where it declares it itself.
    pub(crate) fn namespace(self) -> Option<&'t str> {
        let declaration = match self.node().name.split_once(':') {
            Some((prefix, _)) => Cow::from(format!("xmlns:{prefix}")),
            None => "xmlns".into(),
        };
        let found = self.attributes().find(|it| it.name == declaration);
        found.map(|attribute| attribute.value.trim())
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Element<'t>> {
        let end = self.node().end as usize;
        self.tree.side_by_side(self.at + 1, end)
    }

    /// The children of this name.
    pub(crate) fn all(self, name: &str) -> impl Iterator<Item = Element<'t>> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The first child of this name.
    pub(crate) fn child(self, name: &str) -> Option<Element<'t>> {
        self.all(name).next()
    }

    /// The text of the first child of this name that holds any.
    pub(crate) fn value(self, name: &str) -> Option<&'t str> {
        self.values(name).next()
    }

    /// The texts of the children of this name that hold any.
    pub(crate) fn values(self, name: &str) -> impl Iterator<Item = &'t str> {
        self.all(name)
            .map(Element::text)
            .filter(|text| !text.is_empty())
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

struct Builder<'a, 's> {
    text: &'a str,
    skip: &'s [&'s str],
    tree: Tree<'a>,
    /// The nodes that are not closed.
    open: Vec<u32>,
    /// How many elements are open that are passed over.
    skipped: usize,
}

impl<'a> Builder<'a, '_> {
    fn read(&mut self) -> Result<(), XmlError> {
        let mut reader = Reader::from_str(self.text);
        loop {
            let at = place(reader.buffer_position());
            let event = reader.read_event().map_err(|source| XmlError::Malformed {
                at: place(reader.error_position()),
                source,
            })?;
            let end = place(reader.buffer_position());
            match event {
                Event::Start(start) => self.start(&start, at, end - 1)?,
                Event::Empty(start) => {
                    self.start(&start, at, end.saturating_sub(2))?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(text) => self.add(text.xml10_content(), at)?,
                Event::CData(text) => self.add(text.xml10_content(), at)?,
                Event::GeneralRef(reference) => {
                    let text = resolved(&reference, at)?;
                    self.add(text, at)?;
                }
                Event::DocType(_) => return Err(XmlError::Doctype { at }),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => return self.finish(),
            }
        }
    }

    fn start(&mut self, start: &BytesStart, at: usize, end: usize) -> Result<(), XmlError> {
        if self.open.len() + self.skipped >= limits::DEPTH {
            return Err(XmlError::Depth { at });
        }
        let name = start.name();
        if self.skipped > 0 || self.skip.contains(&local(name.0)) {
            self.skipped += 1;
            return Ok(());
        }
        if self.tree.nodes.len() >= limits::ELEMENTS {
            return Err(XmlError::Elements { at });
        }
        let attributes = self.tree.attributes.len();
        self.attributes(start, at)?;
        let number = self.tree.nodes.len();
        self.open.push(small(number));
        self.tree.nodes.push(Node {
            name: self.borrowed(end.saturating_sub(start.len()), name.0),
            text: "".into(),
            attributes: small(attributes),
            end: small(number + 1),
        });
        Ok(())
    }

    fn attributes(&mut self, start: &BytesStart, at: usize) -> Result<(), XmlError> {
        for (number, attribute) in start.attributes().enumerate() {
            if number >= limits::ATTRIBUTES {
                return Err(XmlError::Attributes { at });
            }
            let malformed = |source| XmlError::Malformed { at, source };
            let attribute = attribute.map_err(|error| malformed(error.into()))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(malformed)?;
            self.tree.attributes.push(Attribute {
                name: attribute.key.0.to_owned().into(),
                value: value.into_owned().into(),
            });
        }
        Ok(())
    }

    /// `name` as it stands at this byte of the text.
    fn borrowed(&self, at: usize, name: &str) -> Cow<'a, str> {
        match self.text.get(at..at + name.len()) {
            Some(found) if found == name => found.into(),
            _ => name.to_owned().into(),
        }
    }

    fn add(&mut self, text: Cow<'a, str>, at: usize) -> Result<(), XmlError> {
        if self.skipped > 0 {
            return Ok(());
        }
        let Some(open) = self.open.last() else {
            let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
            return match text.chars().all(is_blank) {
                true => Ok(()),
                false => Err(XmlError::Stray { at }),
            };
        };
        let held = &mut self.tree.nodes[*open as usize].text;
        if held.is_empty() {
            *held = text;
        } else {
            held.to_mut().push_str(&text);
        }
        Ok(())
    }

    fn close(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if let Some(open) = self.open.pop() {
            self.tree.nodes[open as usize].end = small(self.tree.nodes.len());
        }
    }

    fn finish(&self) -> Result<(), XmlError> {
        match self.open.last() {
            None if self.skipped == 0 => Ok(()),
            None => Err(XmlError::Truncated {
                name: self.skip.join("|"),
            }),
            Some(open) => Err(XmlError::Truncated {
                name: self.tree.nodes[*open as usize].name.to_string(),
            }),
        }
    }
}

/// What a reference in text stands for.
fn resolved(reference: &BytesRef, at: usize) -> Result<Cow<'static, str>, XmlError> {
    let character = reference
        .resolve_char_ref()
        .map_err(|source| XmlError::Malformed { at, source })?;
    match character {
        Some(character) => Ok(character.to_string().into()),
        None => match resolve_predefined_entity(reference) {
            Some(text) => Ok(text.into()),
            None => Err(XmlError::Entity {
                name: reference.to_string(),
                at,
            }),
        },
    }
}

fn place(position: u64) -> usize {
    usize::try_from(position).expect("a place in a text that is in memory")
}

fn small(number: usize) -> u32 {
    u32::try_from(number).expect("a text is shorter than 4 GiB and elements are bounded")
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn seen(text: &str) -> String {
        match Tree::parse(text, &[]).and_then(|tree| tree.root().map(|root| root.name().to_owned()))
        {
            Ok(name) => name,
            Err(error) => error.seen(),
        }
    }

    #[test]
    fn elements_are_found_by_their_local_names() {
        let text = "<?xml version='1.0'?><!-- c --><n:a xmlns:n='space' n:k=' v&amp;&#x41; '>\
                    <b/>one<b> t<!-- c -->w<![CDATA[<o>]]>&lt;&#233; </b><skip><b>no</b></skip><c><b>x</b></c></n:a>\n";
        let tree = Tree::parse(text, &["skip"]).unwrap();
        let root = tree.root().unwrap();
        assert_eq!((root.name(), root.text()), ("a", "one"));
        assert_eq!(root.namespace(), Some("space"));
        assert_eq!(root.attribute("k"), Some("v&A"));
        assert_eq!(root.value("b"), Some("tw<o><é"));
        let names: Vec<_> = root.children().map(Element::name).collect();
        assert_eq!(names, ["b", "b", "c"]);
        assert_eq!(root.child("c").and_then(|c| c.value("b")), Some("x"));
    }

    #[test]
    fn hostile_text_is_refused_with_its_place() {
        let deep = "<a>".repeat(limits::DEPTH + 1);
        let wide: String = (0..=limits::ATTRIBUTES)
            .map(|n| format!(" k{n}=''"))
            .collect();
        let laughs = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
        for (text, expected) in [
            (
                laughs,
                "document type declaration at byte 0: entities and outside parts are refused",
            ),
            (
                "<a><!DOCTYPE a SYSTEM 'file:///etc/passwd'></a>",
                "document type declaration at byte 3: entities and outside parts are refused",
            ),
            (
                "<a>x&c;</a>",
                "entity \"c\" at byte 4 is none of XML itself",
            ),
            (
                &deep,
                "more than 100 elements inside one another at byte 300",
            ),
            (&format!("<a{wide}/>"), "more than 100 attributes at byte 0"),
            ("<a><b>", "ends inside <b>"),
            ("", "no element"),
            ("<a/><a/>", "2 elements side by side where one was expected"),
            ("<a/>x", "text outside of all elements at byte 4"),
        ] {
            assert_eq!(seen(text), expected);
        }
        for text in [
            "<a></b>",
            "<a",
            "</a>",
            "<a k='1' k='2'/>",
            "<a k='&c;'/>",
            "<a k=1/>",
            "<a>&#0;</a>",
            "<a>&#xD800;</a>",
            "<a>&</a>",
            "<!",
            "<a><![CDATA[</a>",
            "<a><!-- </a>",
        ] {
            let seen = seen(text);
            assert!(
                seen.starts_with("not well-formed at byte"),
                "{text}: {seen}"
            );
        }
    }

    #[test]
    fn what_is_skipped_is_cut_off_too() {
        let error = Tree::parse("<skip><b>", &["skip"]).unwrap_err();
        assert_eq!(error.seen(), "ends inside <skip>");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[<>/!?a&;#x\\[\\]\"'= \u{e9}-]{0,60}") {
            drop(Tree::parse(&text, &["x"]));
        }
    }
}
