// SPDX-License-Identifier: EUPL-1.2
//! None, one or some of a thing. Most invoices name one order and one CUP: that one needs no memory of its
//! own.

use std::ops::{Deref, DerefMut};

/// None, one or some of a thing; read it as a slice.
#[derive(Debug, Clone, Default)]
pub enum Few<T> {
    /// None.
    #[default]
    Nothing,
    /// One.
    One(T),
    /// Any number.
    Some(Vec<T>),
}

impl<T> Few<T> {
    /// Adds one.
    #[inline]
    pub fn push(&mut self, item: T) {
        *self = match std::mem::take(self) {
            Self::Nothing => Self::One(item),
            Self::One(first) => Self::Some(vec![first, item]),
            Self::Some(mut all) => {
                all.push(item);
                Self::Some(all)
            }
        };
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::Nothing => &[],
            Self::One(item) => std::slice::from_ref(item),
            Self::Some(all) => all,
        }
    }
}

impl<T> DerefMut for Few<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Self::Nothing => &mut [],
            Self::One(item) => std::slice::from_mut(item),
            Self::Some(all) => all,
        }
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T> Extend<T> for Few<T> {
    #[inline]
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T> FromIterator<T> for Few<T> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Self::Nothing;
        few.extend(items);
        few
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_things_are_a_slice() {
        let mut few: Few<u8> = Few::default();
        for count in 0..4 {
            assert_eq!(few.len(), usize::from(count));
            few.push(count);
        }
        assert_eq!(*few, [0, 1, 2, 3]);
        assert_eq!(Few::One(7), Few::Some(vec![7]));
    }
}
