use {
    super::{
        lines::{self, Taken},
        meta::Member,
    },
    crate::error::Error,
    std::{io::BufRead, path::PathBuf},
};

/// One record of a source as it came.
#[derive(Debug)]
pub(crate) struct Document {
    /// Line or file, counted from 1.
    pub(crate) number: u64,
    /// Path of the file, where the source has many.
    pub(crate) member: Option<String>,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Whole(Vec<u8>),
    TooLong,
}

impl Document {
    /// Whether it holds nothing but white space.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(&self.content, Content::Whole(bytes) if bytes.trim_ascii().is_empty())
    }
}

/// Reads a source from start to end.
pub(crate) struct Documents {
    path: PathBuf,
    stream: Box<dyn BufRead>,
    members: Option<std::vec::IntoIter<Member>>,
    limit: u64,
    number: u64,
    offset: u64,
    is_over: bool,
}

impl Documents {
    pub(super) fn new(
        path: PathBuf,
        stream: impl BufRead + 'static,
        members: Option<Vec<Member>>,
        limit: u64,
    ) -> Self {
        Self {
            path,
            stream: Box::new(stream),
            members: members.map(Vec::into_iter),
            // A record travels with lengths of 32 bits.
            limit: limit.min(1 << 30),
            number: 0,
            offset: 0,
            is_over: false,
        }
    }

    fn line(&mut self) -> std::io::Result<Option<Document>> {
        let (taken, ended) = lines::line(&mut *self.stream, self.limit)?;
        self.is_over = !ended;
        if taken.bytes() == 0 && !ended {
            return Ok(None);
        }
        let document = self.document(taken, None);
        self.offset += u64::from(ended);
        Ok(Some(document))
    }

    fn member(&mut self, member: Member) -> std::io::Result<Option<Document>> {
        let taken = lines::exactly(&mut *self.stream, member.bytes, self.limit)?;
        Ok(Some(self.document(taken, Some(member.path))))
    }

    fn document(&mut self, taken: Taken, member: Option<String>) -> Document {
        self.number += 1;
        let document = Document {
            number: self.number,
            member,
            offset: self.offset,
            length: taken.bytes(),
            content: match taken {
                Taken::Whole(bytes) => Content::Whole(bytes),
                Taken::TooLong(_) => Content::TooLong,
            },
        };
        self.offset += document.length;
        document
    }
}

impl Iterator for Documents {
    type Item = Result<Document, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let read = match &mut self.members {
            None => self.line(),
            Some(members) => match members.next() {
                Some(member) => self.member(member),
                None => return None,
            },
        };
        self.is_over |= read.is_err();
        read.map_err(Error::read(&self.path)).transpose()
    }
}
