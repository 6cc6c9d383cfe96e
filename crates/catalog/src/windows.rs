//! Parts that are worked on a few side by side, and taken in their order.

use {crate::error::Error, rayon::prelude::*};

/// Parts at work at once; as many are being taken.
const WINDOW: usize = 4;

/// Makes something of each part, and hands `take` what a few parts became, in
/// order. While it is taken, the next few are made.
pub(crate) fn each_window<T: Send>(
    parts: usize,
    make: impl Fn(usize) -> Result<T, Error> + Sync + Send,
    mut take: impl FnMut(Vec<T>) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let window = |from: usize| -> Result<Vec<T>, Error> {
        let to = parts.min(from + WINDOW);
        (from..to).into_par_iter().map(&make).collect()
    };
    let mut from = 0;
    let mut made = window(from)?;
    while !made.is_empty() {
        from += made.len();
        let (next, taken) = rayon::join(|| window(from), || take(made));
        taken?;
        made = next?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_in_order_whatever_their_number() {
        for parts in [0, 1, 4, 5, 23] {
            let mut taken = Vec::new();
            each_window(
                parts,
                |part| Ok(part * 2),
                |made| {
                    taken.extend(made);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(taken, (0..parts).map(|part| part * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_ends_the_work() {
        let make = |part| match part {
            7 => Err(Error::Interrupted),
            _ => Ok(part),
        };
        let mut taken = 0;
        let ended = each_window(100, make, |made| {
            taken += made.len();
            Ok(())
        });
        assert!(ended.is_err() && taken < 8);
        let ended = each_window(3, Ok, |_| Err(Error::Interrupted));
        assert!(ended.is_err());
    }
}
