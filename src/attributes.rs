//! What the interceptors learn about a handshake, handed on to the handler.

#![forbid(unsafe_code)]

use std::any::Any;

/// At most one value of each type. The attributes are filled before the handshake, go into the session, and die with
/// it: a permit that gives itself back on `Drop` is at home here.
///
/// A list, not a map: a socket has two or three attributes, and every one of a million idle sockets keeps its own.
#[derive(Default)]
pub struct Attributes {
    values: Vec<Box<dyn Any>>,
}

impl Attributes {
    /// Puts `value` in the place of the one of its type, which is returned.
    pub fn insert<T: Any>(&mut self, value: T) -> Option<T> {
        if let Some(old) = self.get_mut::<T>() {
            return Some(std::mem::replace(old, value));
        }
        self.values.push(Box::new(value));
        None
    }

    /// The value of this type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.values.iter().find_map(|value| value.downcast_ref())
    }

    /// The value of this type, to be changed.
    pub fn get_mut<T: Any>(&mut self) -> Option<&mut T> {
        self.values.iter_mut().find_map(|value| value.downcast_mut())
    }

    /// Takes the value of this type out.
    pub fn take<T: Any>(&mut self) -> Option<T> {
        let place = self.values.iter().position(|value| value.is::<T>())?;
        self.values.swap_remove(place).downcast().ok().map(|value| *value)
    }

    /// Gives back the memory that was reserved for more values.
    pub fn shrink(&mut self) {
        self.values.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_of_each_type_is_kept() {
        let mut attributes = Attributes::default();
        assert_eq!(attributes.insert(1_u8), None);
        assert_eq!(attributes.insert("ada"), None);
        assert_eq!(attributes.insert(2_u8), Some(1));
        assert_eq!(attributes.get::<u8>(), Some(&2));
        assert_eq!(attributes.get::<&str>(), Some(&"ada"));
        assert_eq!(attributes.get::<u64>(), None);
        assert_eq!((attributes.take::<u8>(), attributes.take::<u8>()), (Some(2), None));
        assert_eq!(attributes.get::<&str>(), Some(&"ada"));
    }
}
