//! JSON Pointers (RFC 6901): how findings and sources name a place in a document.

/// Appends a key to a pointer.
pub fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    for c in key.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// The pointer of a key below another pointer.
#[must_use]
pub fn join(pointer: &str, key: &str) -> String {
    let mut joined = pointer.to_string();
    push(&mut joined, key);
    joined
}

/// The keys of a pointer, unescaped.
pub fn keys(pointer: &str) -> impl Iterator<Item = String> {
    pointer
        .split('/')
        .skip(1)
        .map(|key| key.replace("~1", "/").replace("~0", "~"))
}

/// At most 60 characters of a text from the input, so that a message stays a message.
#[must_use]
pub fn shorten(text: &str) -> String {
    const LIMIT: usize = 60;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_escaped_and_come_back() {
        let pointer = join(&join("", "a/b"), "~c");
        assert_eq!(pointer, "/a~1b/~0c");
        assert_eq!(keys(&pointer).collect::<Vec<_>>(), ["a/b", "~c"]);
        assert_eq!(keys("").count(), 0);
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(shorten(&"あ".repeat(61)).chars().count(), 61);
        assert_eq!(shorten("short"), "short");
    }
}
