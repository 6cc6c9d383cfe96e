use {
    crate::{
        env::{Env, Stream},
        exit::Exit,
        session::Session,
    },
    anyhow::{Result, bail},
    std::{
        io::{self, Write},
        path::{Path, PathBuf},
        sync::{Arc, Mutex, PoisonError},
    },
};

/// Where the demo is played: prints what it says and what its commands answer.
pub struct Stage<'a> {
    session: &'a Session<'a>,
    folder: PathBuf,
    command: fn(&Env) -> Exit,
    steps: u32,
}

const INDENT: &str = "    ";

impl<'a> Stage<'a> {
    pub fn new(session: &'a Session<'a>, folder: &Path, command: fn(&Env) -> Exit) -> Self {
        Self {
            session,
            folder: folder.to_owned(),
            command,
            steps: 0,
        }
    }

    pub fn title(&self, text: &str) {
        self.session.env.stdout.line(text);
    }

    /// The heading of the next step.
    pub fn step(&mut self, title: &str) {
        self.steps += 1;
        self.session
            .env
            .stdout
            .line(format_args!("\n{:>2}  {title}", self.steps));
    }

    /// A paragraph.
    pub fn say(&self, text: &str) {
        let options = textwrap::Options::new(self.session.env.width.min(80))
            .initial_indent(INDENT)
            .subsequent_indent(INDENT);
        self.session.env.stdout.line(textwrap::fill(text, options));
    }

    pub fn line(&self, text: &str) {
        self.session.env.stdout.line(format_args!("{INDENT}{text}"));
    }

    /// A command that must find all sound.
    pub fn sound(&self, words: &[&str]) -> Result<()> {
        self.expect(words, &[Exit::Sound])
    }

    /// A command that may have findings.
    pub fn any(&self, words: &[&str]) -> Result<()> {
        self.expect(words, &[Exit::Sound, Exit::Findings])
    }

    /// A command that must find the damage.
    pub fn damaged(&self, words: &[&str]) -> Result<()> {
        self.expect(words, &[Exit::Findings])
    }

    fn expect(&self, words: &[&str], exits: &[Exit]) -> Result<()> {
        let shown: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        self.line(&self.broken(&format!("$ longplay {}", shown.join(" "))));
        let exit = self.play(words);
        if exit == Exit::Interrupted {
            bail!("the demo was interrupted");
        }
        if !exits.contains(&exit) {
            bail!("longplay {} ended with {}", shown.join(" "), exit.code());
        }
        Ok(())
    }

    /// A command in the width of the stage; a shell reads it as one line.
    fn broken(&self, command: &str) -> String {
        let width = self.session.env.width.min(80) - INDENT.len() - 2;
        let lines = textwrap::wrap(command, textwrap::Options::new(width).break_words(false));
        lines.join(&format!(" \\\n{INDENT}    "))
    }

    fn play(&self, words: &[&str]) -> Exit {
        let written = Buffer::default();
        let words = ["longplay", "--archive", "archive"].iter().chain(words);
        let mut env = self
            .session
            .env
            .with_arguments(words, Stream::new(written.clone()));
        env.folder.clone_from(&self.folder);
        env.width = env.width.min(80) - INDENT.len();
        let exit = (self.command)(&env);
        for line in written.text().lines() {
            self.line(line);
        }
        exit
    }
}

fn quoted(word: &str) -> String {
    if word.contains(' ') {
        format!("\"{word}\"")
    } else {
        word.to_owned()
    }
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
