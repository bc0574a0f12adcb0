//! A design's picture as an SVG string, for the first picture and for files.
//!
//! The page draws the same layout with its own components, because there a box can be selected;
//! both follow the same rules for borders, glyphs and widths.

use std::fmt::Write as _;

use super::markup::escaped;
use super::theme;
use crate::view::diagram::{
    BASELINES, BoxState, EdgeKind, Frame, GROUP_INSET, Group, GroupKind, Layout, Node, TEXT_INSET,
    TEXT_SIZE, fitted_note, squeezed,
};

/// Draws a layout at a moment. `label` is the picture's accessible name.
#[must_use]
pub fn diagram_svg(layout: &Layout, frame: &Frame, label: &str) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-label=\"{}\" font-size=\"{TEXT_SIZE}\" fill=\"currentColor\" \
         stroke-linejoin=\"round\">",
        layout.width,
        layout.height,
        escaped(label),
    );
    for (at, group) in layout.groups.iter().enumerate() {
        let now = frame.groups.get(at).cloned().unwrap_or_default();
        write_group(&mut svg, group, now.state);
    }
    svg.push_str("<g fill=\"none\" stroke=\"var(--text-muted)\">");
    for (at, edge) in layout.edges.iter().enumerate() {
        let now = frame.edges.get(at).copied().unwrap_or_default();
        if !now.is_shown {
            continue;
        }
        let points = edge.points.iter().enumerate().map(|(at, point)| {
            let command = if at == 0 { 'M' } else { 'L' };
            format!("{command}{} {}", point.x, point.y)
        });
        let (width, more) = match (edge.kind, now.step) {
            (EdgeKind::Replicates, _) => (1.0, " stroke-dasharray=\"2 3\""),
            (_, 0) => (1.0, " stroke-opacity=\"0.35\""),
            (_, step) => (0.5 + f64::from(step) * 0.7, ""),
        };
        let path: String = points.collect();
        let _ = write!(svg, "<path d=\"{path}\" stroke-width=\"{width}\"{more}/>");
    }
    svg.push_str("</g>");
    for (at, group) in layout.groups.iter().enumerate() {
        let now = frame.groups.get(at).cloned().unwrap_or_default();
        write_label(&mut svg, group, now.state, &now.note);
    }
    for (at, node) in layout.nodes.iter().enumerate() {
        let now = frame.nodes.get(at).cloned().unwrap_or_default();
        write_node(&mut svg, node, now.state, &now.figure);
    }
    svg.push_str("</svg>");
    svg
}

/// Border of a state: colour, width, dash pattern. Patterns differ before colours do.
const fn border(state: BoxState) -> (&'static str, &'static str, &'static str) {
    match state {
        BoxState::Normal => (theme::BORDER, "1.2", ""),
        BoxState::HighLoad | BoxState::Partial => (theme::WARNING, "1.8", "5 3"),
        BoxState::Down => (theme::CRITICAL, "3", ""),
        BoxState::Recovering => (theme::INFO, "1.8", "1.5 2.5"),
        BoxState::Absent => (theme::OFF, "1.2", "1.5 2.5"),
    }
}

/// Border of a group: colour, width, dash pattern.
const fn group_border(
    kind: GroupKind,
    state: BoxState,
) -> (&'static str, &'static str, &'static str) {
    match (kind, state) {
        (GroupKind::Region, _) => (theme::BORDER, "1", "1.5 3"),
        (GroupKind::Vpc, _) => (theme::BORDER, "1", ""),
        (GroupKind::Zone, BoxState::Normal) => (theme::BORDER, "1.2", "6 4"),
        (GroupKind::Zone, BoxState::Down) => (theme::CRITICAL, "2.5", "6 4"),
        (GroupKind::Zone, _) => (theme::INFO, "1.8", "1.5 2.5"),
    }
}

fn write_group(svg: &mut String, group: &Group, state: BoxState) {
    let rect = group.rect;
    let (color, width, dash) = group_border(group.kind, state);
    let dash = dashed(dash);
    let _ = write!(
        svg,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"none\" \
         stroke=\"{color}\" stroke-width=\"{width}\"{dash}/>",
        rect.x, rect.y, rect.width, rect.height,
    );
}

/// Name and note of a group: over the edges, which may cross them.
fn write_label(svg: &mut String, group: &Group, state: BoxState, note: &str) {
    let rect = group.rect;
    let halo = format!(
        "paint-order=\"stroke\" stroke=\"{}\" stroke-width=\"4\"",
        theme::PANEL
    );
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" fill=\"{}\" {halo}>{}</text>",
        rect.x + GROUP_INSET,
        rect.y + 16,
        theme::MUTED,
        escaped(&group.label),
    );
    if !note.is_empty() {
        let (note, width) = fitted_note(group, note);
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-weight=\"700\" \
             fill=\"{}\" {halo}{}>{}</text>",
            rect.right() - GROUP_INSET,
            rect.y + 16,
            group_border(group.kind, state).0,
            length(width),
            escaped(note),
        );
    }
}

fn write_node(svg: &mut String, node: &Node, state: BoxState, figure: &str) {
    let rect = node.rect;
    let (color, width, dash) = border(state);
    let dash = dashed(dash);
    let beside = if state.glyph().is_empty() {
        0
    } else {
        TEXT_SIZE
    };
    let _ = write!(
        svg,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"{}\" \
         stroke=\"{color}\" stroke-width=\"{width}\"{dash}/>\
         <text x=\"{x}\" y=\"{}\" font-weight=\"700\"{}>{}</text>\
         <text x=\"{x}\" y=\"{}\" fill=\"{}\"{}>{}</text>",
        rect.x,
        rect.y,
        rect.width,
        rect.height,
        theme::PANEL,
        rect.y + BASELINES[0],
        length(squeezed(&node.name, beside)),
        escaped(&node.name),
        rect.y + BASELINES[1],
        theme::MUTED,
        length(squeezed(figure, 0)),
        escaped(figure),
        x = rect.x + TEXT_INSET,
    );
    if !state.glyph().is_empty() {
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{color}\">{}</text>",
            rect.right() - TEXT_INSET,
            rect.y + BASELINES[0],
            state.glyph(),
        );
    }
}

/// The attributes of a text that is squeezed.
fn length(width: Option<i32>) -> String {
    width.map_or_else(String::new, |width| {
        format!(" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\"")
    })
}

fn dashed(pattern: &str) -> String {
    if pattern.is_empty() {
        String::new()
    } else {
        format!(" stroke-dasharray=\"{pattern}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json::FromJson as _;
    use crate::model::{Architecture, Design};
    use crate::plot::markup::check_well_formed;
    use crate::view::diagram::{BoxFrame, Pane, layout};

    #[test]
    fn a_diagram_is_well_formed_whatever_its_texts_are() {
        let architecture = Architecture::from_json(&serde_json::json!({
            "zones": ["a", "c"],
            "components": {
                "users": {"kind": "users", "calls": {"<api>": {}}},
                "<api>": {"kind": "deployment", "runs_on": "n&n"},
                "n&n": {"kind": "node_pool"},
            }
        }))
        .expect("an architecture");
        let design = Design::resolve("d", architecture).0;
        let picture = layout(
            &design,
            Pane {
                width: 500.0,
                height: 400.0,
            },
        );
        let mut frame = Frame::default();
        for state in BoxState::ALL {
            frame.nodes.push(BoxFrame {
                state,
                figure: "1 < 2".to_string(),
            });
        }
        let svg = diagram_svg(&picture, &frame, "A \"quoted\" name");
        check_well_formed(&svg);
        assert!(svg.contains("&lt;api&gt;") && svg.contains("n&amp;n") && svg.contains("1 &lt; 2"));
        for glyph in ["▲", "◐", "✕", "↻"] {
            assert!(svg.contains(glyph), "{glyph} is drawn");
        }
    }
}
