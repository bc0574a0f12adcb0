//! Writing SVG and HTML safely.

/// A text with the characters replaced that mean something in markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are not allowed in XML at all.
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// Checks that markup is well-formed: tags close in order, attributes are quoted, text is escaped.
#[cfg(test)]
#[track_caller]
pub(super) fn check_well_formed(markup: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        assert!(
            !rest[..at].contains('>'),
            "a bare > before {:?}",
            &rest[at..]
        );
        let end = rest[at..]
            .find('>')
            .map(|end| at + end)
            .expect("a tag ends");
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags close in order");
            continue;
        }
        let body = tag.strip_suffix('/').unwrap_or(tag);
        assert_eq!(
            body.matches('"').count() % 2,
            0,
            "quotes pair up in {tag:?}"
        );
        assert!(!body.contains('<'), "a bare < in {tag:?}");
        let name = body.split_whitespace().next().expect("a tag has a name");
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
    for part in markup.split('&').skip(1) {
        let entity = part.split(';').next().unwrap_or_default();
        let known = ["amp", "lt", "gt", "quot", "#39"].contains(&entity);
        assert!(known, "a bare & before {entity:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_texts_cannot_leave_their_place() {
        let text = escaped("a<script>\"x\" & 'y'\u{0}</script>");
        assert_eq!(
            text,
            "a&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;"
        );
        check_well_formed(&format!("<p title=\"{text}\">{text}</p>"));
    }
}
