use std::time::Duration;

/// What goes wrong, with which requests.
#[derive(Debug, Clone)]
pub struct Fault {
    /// `GET`, `PUT`, or all when empty.
    pub method: &'static str,
    /// What key and query have somewhere.
    pub part: String,
    /// So many of them go well before.
    pub after: usize,
    /// And so many fail.
    pub times: usize,
    pub how: How,
}

#[derive(Debug, Clone)]
pub enum How {
    /// The request is not carried out.
    Status(u16, &'static str),
    /// 200, and an error in the body, as S3 does at the end of an upload.
    ErrorInside,
    /// Carried out, and answered late.
    Late(Duration),
    /// Carried out; the answer's body ends after so many bytes, with the connection.
    Cut(usize),
    /// Carried out, and not answered: the connection ends.
    Mute,
    /// A byte of the answer's body is another, if it is that long.
    Flip(usize),
    /// The answer is a part of what was asked, rightly framed.
    Less(usize),
}

impl Fault {
    pub fn new(method: &'static str, part: &str, how: How) -> Self {
        Self {
            method,
            part: part.to_owned(),
            after: 0,
            times: 1,
            how,
        }
    }

    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    pub fn after(self, after: usize) -> Self {
        Self { after, ..self }
    }

    pub fn fits(&self, method: &str, key: &str, query: &str) -> bool {
        let asked = format!("{key}?{query}");
        (self.method.is_empty() || self.method == method) && asked.contains(&self.part)
    }
}
