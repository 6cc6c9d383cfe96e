use {
    crate::pack::{
        fault::FaultKind,
        segment::{Source, SourceFault, Span},
    },
    longplay_model::Digest,
    longplay_wide::Sha256Stream,
};

/// The blobs of a shard as they pass, portion by portion: each is hashed and compared
/// with its digest.
#[derive(Debug, Default)]
pub struct PassingBlobs {
    passing: Vec<(Span, Sha256Stream)>,
}

impl PassingBlobs {
    /// Takes in where blobs stand in the next portion. Gives what each stream has to be
    /// fed with, before [`Self::close`] is asked.
    pub fn advance<'a>(
        &'a mut self,
        spans: Vec<Span>,
        portion: &'a [u8],
    ) -> impl Iterator<Item = (&'a mut Sha256Stream, &'a [u8])> {
        for span in spans {
            match self.passing.last_mut() {
                Some((open, _)) if !span.begins => *open = span,
                _ => self.passing.push((span, Sha256Stream::new())),
            }
        }
        let passing = self.passing.iter_mut();
        passing.map(|(span, stream)| (stream, &portion[span.range.clone()]))
    }

    /// Lets go the blobs that have passed.
    ///
    /// # Errors
    /// The first of them that is not what it was.
    pub fn close(&mut self) -> Result<(), SourceFault> {
        let mut wrong = None;
        self.passing.retain_mut(|(span, stream)| {
            if span.ends {
                let found = Digest::from_bytes(stream.finish());
                wrong = wrong.take().or_else(|| fault(span, found));
            }
            span.range = 0..0;
            !span.ends
        });
        wrong.map_or(Ok(()), Err)
    }
}

fn fault(span: &Span, found: Digest) -> Option<SourceFault> {
    (found != span.source.digest).then(|| SourceFault {
        source_file: Source::clone(&span.source),
        kind: FaultKind::Digest { found },
    })
}
