//! From JSON values to the types of this layer.
//!
//! Text becomes a [`Value`] once, and every type reads itself from that. What serde derives would
//! do the same, but it makes code for each pair of type and source, some 300 bytes a field, which
//! every visitor of the page downloads; a field of `from_json!` costs a tenth of it.
//!
//! The rules are those of the schema: unknown keys are passed over, and what a file says wrong has
//! been found along the schema before, so that a refusal here may be short.

use std::cell::Cell;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::ById;
use crate::units::FromText;

/// Writes things by id as an object, for `serialize_with`.
///
/// # Errors
/// Those of the serializer.
pub fn write_object<T: Serialize, S: Serializer>(all: &ById<T>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(all)
}

/// True for what a file may leave out, for `skip_serializing_if`: links stay short.
#[must_use]
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Why a value is not what a type reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A key without a default is missing.
    Missing(&'static str),
    /// Something else was expected.
    Expected(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(key) => write!(f, "missing field `{key}`"),
            Self::Expected(what) => write!(f, "expected {what}"),
        }
    }
}

/// A type that JSON can be read as.
pub trait FromJson: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// [`Refusal`] of the first part that does not fit.
    fn from_json(value: &Value) -> Result<Self, Refusal>;
}

/// The text that a value is.
///
/// # Errors
/// When it is something else.
pub fn text(value: &Value) -> Result<&str, Refusal> {
    value.as_str().ok_or(Refusal::Expected("a text"))
}

impl<T: FromText> FromJson for T {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        Self::from_text(text(value)?).map_err(|error| Refusal::Expected(error.expected))
    }
}

impl FromJson for String {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        text(value).map(str::to_string)
    }
}

impl FromJson for bool {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        value.as_bool().ok_or(Refusal::Expected("true or false"))
    }
}

impl FromJson for f64 {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        value.as_f64().ok_or(Refusal::Expected("a number"))
    }
}

impl FromJson for u64 {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        value.as_u64().ok_or(Refusal::Expected("a whole number"))
    }
}

impl FromJson for u32 {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        Self::try_from(u64::from_json(value)?).map_err(|_| Refusal::Expected("a smaller number"))
    }
}

impl FromJson for i32 {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let number = value.as_i64().and_then(|it| Self::try_from(it).ok());
        number.ok_or(Refusal::Expected("a whole number"))
    }
}

impl FromJson for Value {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        Ok(value.clone())
    }
}

impl FromJson for Map<String, Value> {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        Members::of(value).map(|members| members.members.clone())
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        if value.is_null() {
            return Ok(None);
        }
        T::from_json(value).map(Some)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let items = value.as_array().ok_or(Refusal::Expected("a list"))?;
        let mut read = Self::with_capacity(items.len());
        for item in items {
            read.push(T::from_json(item)?);
        }
        Ok(read)
    }
}

impl FromJson for [f64; 3] {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        let numbers = Vec::from_json(value)?;
        Self::try_from(numbers).map_err(|_| Refusal::Expected("three numbers"))
    }
}

impl<T: FromJson> FromJson for ById<T> {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        // An object's members come in order of their keys already.
        let mut entries = Vec::new();
        for (key, entry) in Members::of(value)?.members {
            entries.push((key.clone(), T::from_json(entry)?));
        }
        Ok(Self::from_sorted_store_unchecked(entries))
    }
}

/// The members of an object, and why one of them is refused.
pub struct Members<'a> {
    members: &'a Map<String, Value>,
    refusal: Cell<Option<Refusal>>,
}

impl<'a> Members<'a> {
    /// Of a value that should be an object.
    ///
    /// # Errors
    /// When it is something else.
    pub fn of(value: &'a Value) -> Result<Self, Refusal> {
        let members = value.as_object().ok_or(Refusal::Expected("an object"))?;
        Ok(Self {
            members,
            refusal: Cell::new(None),
        })
    }

    /// Refuses other keys than these.
    ///
    /// # Errors
    /// When there is one.
    pub fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        if self.members.keys().all(|key| known.contains(&key.as_str())) {
            Ok(())
        } else {
            Err(Refusal::Expected("no further keys"))
        }
    }

    /// Which of several kinds the object says it is.
    ///
    /// # Errors
    /// When it does not say.
    pub fn kind(&self) -> Result<&'a str, Refusal> {
        text(self.members.get("kind").ok_or(Refusal::Missing("kind"))?)
    }

    /// The value of a key that must be there.
    ///
    /// # Errors
    /// When it is not, or is something else.
    pub fn required<T: FromJson>(&self, key: &'static str) -> Result<T, Refusal> {
        T::from_json(self.members.get(key).ok_or(Refusal::Missing(key))?)
    }

    /// The value of a key, or `default` without it.
    ///
    /// # Errors
    /// When it is something else.
    pub fn or<T: FromJson>(&self, key: &str, default: T) -> Result<T, Refusal> {
        self.members.get(key).map_or(Ok(default), T::from_json)
    }

    /// Puts the value of a key, if it is there, in the place of another. That it is something else
    /// is remembered until [`Members::accept`], so that a field is one call and nothing else.
    pub fn update<T: FromJson>(&self, key: &str, field: &mut T) {
        self.update_by(key, field, T::from_json);
    }

    /// The same, read another way.
    pub fn update_by<T>(
        &self,
        key: &str,
        field: &mut T,
        read: impl FnOnce(&Value) -> Result<T, Refusal>,
    ) {
        if let Some(value) = self.members.get(key) {
            match read(value) {
                Ok(read) => *field = read,
                Err(refusal) => self.refuse(refusal),
            }
        }
    }

    #[inline(never)]
    fn refuse(&self, refusal: Refusal) {
        self.refusal.set(self.refusal.get().or(Some(refusal)));
    }

    /// What was read, unless a member was refused.
    ///
    /// # Errors
    /// The first refusal.
    pub fn accept<T>(&self, read: T) -> Result<T, Refusal> {
        self.refusal.get().map_or(Ok(read), Err)
    }
}

/// Reads the fields of a struct or variant from [`Members`], each under its own name or `as`
/// another; a field without `or` must be there.
macro_rules! fields {
    ($members:ident => $($path:ident)::+ {
        $($field:ident $(as $key:literal)? $(or $default:expr)?),+ $(,)?
    }) => {
        $($path)::+ {
            $($field: $crate::model::json::fields!(
                @ $members, $crate::model::json::fields!(@ $field $($key)?) $(, $default)?
            )),+
        }
    };
    (@ $field:ident) => { stringify!($field) };
    (@ $field:ident $key:literal) => { $key };
    (@ $members:ident, $key:expr) => { $members.required($key)? };
    (@ $members:ident, $key:expr, $default:expr) => { $members.or($key, $default)? };
}
pub(crate) use fields;

/// Puts the members that are there in the place of a struct's fields. All fields have to be named,
/// those that the caller reads after `but`.
macro_rules! update {
    ($members:ident => $read:ident {
        $($field:ident),+ $(,)? $(; but $($other:ident),+)?
    }) => {
        let Self { $($field,)+ $($($other),+)? } = &mut $read;
        $($members.update(stringify!($field), $field);)+
    };
}
pub(crate) use update;

/// How JSON is read as a type, said once beside the type:
///
/// * `from_json!(Network or default { user_rtt, … })`: an object whose missing keys leave what
///   `Default` says;
/// * `from_json!(Spike { at, ramp_up or SimDuration::ZERO, … })`: an object, as [`fields!`] says;
/// * `from_json!(TargetType: "ip" => Ip, …)`: one of several words.
///
/// Each names every field or variant, else it does not compile.
macro_rules! from_json {
    ($type:ident or default { $($field:ident),+ $(,)? }) => {
        impl $crate::model::json::FromJson for $type {
            fn from_json(value: &serde_json::Value) -> Result<Self, $crate::model::json::Refusal> {
                let members = $crate::model::json::Members::of(value)?;
                let mut read = Self::default();
                $crate::model::json::update!(members => read { $($field),+ });
                members.accept(read)
            }
        }
    };
    ($type:ident { $($fields:tt)+ }) => {
        impl $crate::model::json::FromJson for $type {
            fn from_json(value: &serde_json::Value) -> Result<Self, $crate::model::json::Refusal> {
                let members = $crate::model::json::Members::of(value)?;
                Ok($crate::model::json::fields!(members => Self { $($fields)+ }))
            }
        }
    };
    ($type:ident: $($word:literal => $variant:ident),+ $(,)?) => {
        impl $crate::model::json::FromJson for $type {
            fn from_json(value: &serde_json::Value) -> Result<Self, $crate::model::json::Refusal> {
                match $crate::model::json::text(value)? {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::model::json::Refusal::Expected(
                        concat!("one of the words", $(" ", $word),+)
                    )),
                }
            }
        }
        const _: fn(&$type) = |word| match word {
            $($type::$variant => (),)+
        };
    };
}
pub(crate) use from_json;

#[cfg(test)]
mod tests;
