//! A case's fields, each taken by name. What nobody has taken is noticed.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Gap, Obstacle};
use crate::model::json::FromJson;

/// The fields of an object that have not been taken yet.
pub struct Fields<'a> {
    members: &'a Map<String, Value>,
    left: BTreeSet<&'a str>,
}

impl<'a> Fields<'a> {
    /// Of an object. Every field has to be taken or ignored before [`Self::finish`].
    pub fn new(members: &'a Map<String, Value>) -> Self {
        Self {
            members,
            left: members.keys().map(String::as_str).collect(),
        }
    }

    /// Of a value that should be an object.
    pub fn of(value: &'a Value) -> Result<Self, Obstacle> {
        let members = value.as_object();
        let refusal = || Obstacle::Refused(format!("{value}: expected an object"));
        members.map(Self::new).ok_or_else(refusal)
    }

    /// A field as it stands; none when it is absent or null.
    pub fn value(&mut self, key: &str) -> Option<&'a Value> {
        self.left.remove(key);
        self.members.get(key).filter(|value| !value.is_null())
    }

    /// A field that may be absent or null.
    pub fn maybe<T: FromJson>(&mut self, key: &str) -> Result<Option<T>, Obstacle> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let read = T::from_json(value);
        read.map(Some)
            .map_err(|refusal| Obstacle::Refused(format!("`{key}`: {refusal}")))
    }

    /// A field that has to be there.
    pub fn take<T: FromJson>(&mut self, key: &str) -> Result<T, Obstacle> {
        let missing = || Obstacle::Refused(format!("missing field `{key}`"));
        self.maybe(key)?.ok_or_else(missing)
    }

    /// A list that has to be there.
    pub fn list(&mut self, key: &str) -> Result<&'a [Value], Obstacle> {
        let list = self.value(key).and_then(Value::as_array);
        let refusal = || Obstacle::Refused(format!("`{key}`: expected a list"));
        list.map(Vec::as_slice).ok_or_else(refusal)
    }

    /// A field that repeats what other fields say, or does not matter to the figures.
    pub fn ignore(&mut self, key: &str) {
        self.left.remove(key);
    }

    /// Ends the reading: an input that no function takes makes a case unsupported.
    pub fn finish(self) -> Result<(), Obstacle> {
        if self.left.is_empty() {
            Ok(())
        } else {
            let left = self.left.into_iter().map(str::to_string);
            Err(Gap::Inputs(left.collect()).into())
        }
    }
}
