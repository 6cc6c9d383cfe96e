use {
    crate::error::{Error, Refusal},
    std::{
        io,
        sync::{Mutex, MutexGuard, PoisonError},
    },
};

/// The first refusal that is about the asking and not about an object, until somebody
/// hears of it.
#[derive(Debug, Default)]
pub struct Trouble(Mutex<Option<Refusal>>);

impl Trouble {
    /// The error for who asked; kept as well where it says nothing of the object.
    pub fn note(&self, error: Error) -> io::Error {
        let about_asking = error.refusal().filter(|refusal| !refusal.is_of_object());
        if let Some(refusal) = about_asking {
            self.refusal().get_or_insert_with(|| refusal.clone());
        }
        error.into()
    }

    /// An error while there is one that nobody has heard of: what did not answer a
    /// moment ago, after all patience, is not asked again for each leaf.
    pub fn is_none(&self) -> io::Result<()> {
        match &*self.refusal() {
            None => Ok(()),
            Some(refusal) => Err(told(refusal.clone())),
        }
    }

    pub fn take(&self) -> Option<io::Error> {
        self.refusal().take().map(told)
    }

    fn refusal(&self) -> MutexGuard<'_, Option<Refusal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(refusal: Refusal) -> io::Error {
    io::Error::new(refusal.kind(), refusal)
}
