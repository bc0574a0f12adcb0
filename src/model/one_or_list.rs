//! What a file writes as one thing or as a list of them.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::json::{FromJson, Refusal};

/// One thing, or several: `"nodes"` and `["nodes"]` say the same. What has one item is written
/// without the list, so that files and links of before stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OneOrList<T>(pub Vec<T>);

impl<T> OneOrList<T> {
    /// A single thing.
    #[must_use]
    pub fn one(it: T) -> Self {
        Self(vec![it])
    }

    /// The things in their order, each with where it stands below `path`.
    pub fn placed(&self, path: &str) -> Vec<(String, &T)> {
        let place = |at: usize| match self.0.len() {
            1 => path.to_string(),
            _ => format!("{path}/{at}"),
        };
        let items = self.0.iter().enumerate();
        items.map(|(at, it)| (place(at), it)).collect()
    }
}

impl<T> From<T> for OneOrList<T> {
    fn from(it: T) -> Self {
        Self::one(it)
    }
}

impl From<&str> for OneOrList<String> {
    fn from(it: &str) -> Self {
        Self::one(it.to_string())
    }
}

impl<T: Serialize> Serialize for OneOrList<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(to),
            all => all.serialize(to),
        }
    }
}

impl<T: FromJson> FromJson for OneOrList<T> {
    fn from_json(value: &Value) -> Result<Self, Refusal> {
        match value {
            Value::Array(_) => Vec::from_json(value).map(Self),
            one => T::from_json(one).map(Self::one),
        }
    }
}

#[cfg(test)]
impl<T: schemars::JsonSchema> schemars::JsonSchema for OneOrList<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OneOrList_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = generator.subschema_for::<T>();
        schemars::json_schema!({
            "oneOf": [one, { "type": "array", "items": one, "minItems": 1, "maxItems": 10 }]
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn one_thing_needs_no_list() {
        #[track_caller]
        fn check(read: &Value, items: &[&str], written: &Value) {
            let got = OneOrList::<String>::from_json(read).expect("texts");
            assert_eq!(got.0, items);
            assert_eq!(&to_value(&got).expect("plain data"), written);
        }
        check(&json!("a"), &["a"], &json!("a"));
        check(&json!(["a"]), &["a"], &json!("a"));
        check(&json!(["a", "b"]), &["a", "b"], &json!(["a", "b"]));
        assert!(OneOrList::<String>::from_json(&json!([1])).is_err());
        assert!(OneOrList::<String>::from_json(&json!(1)).is_err());
    }

    #[test]
    fn a_place_in_a_list_has_a_number() {
        let paths = |all: &[&str]| -> Vec<String> {
            let list = OneOrList(all.to_vec());
            list.placed("/x").into_iter().map(|it| it.0).collect()
        };
        assert_eq!(paths(&["a"]), ["/x"]);
        assert_eq!(paths(&["a", "b"]), ["/x/0", "/x/1"]);
    }
}
