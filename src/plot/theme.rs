//! Names of the page's colours, and their values for pictures outside the page.

/// Colours of the lines by position of the design: A, B, C.
pub const SERIES: [&str; 3] = ["var(--series-a)", "var(--series-b)", "var(--series-c)"];

/// Dash patterns of the lines in CSS pixels: A solid, B dashed, C dotted.
pub const DASHES: [&[u32]; 3] = [&[], &[7, 4], &[2, 3]];

/// Dash pattern of a line that was played request by request; each of its values has a ring.
pub const AUDITED: &[u32] = &[2, 3];

/// Text.
pub const TEXT: &str = "var(--text)";
/// Secondary text.
pub const MUTED: &str = "var(--text-muted)";
/// Borders and grids.
pub const BORDER: &str = "var(--border)";
/// Background of boxes.
pub const PANEL: &str = "var(--panel)";
/// Failure.
pub const CRITICAL: &str = "var(--crit)";
/// High load.
pub const WARNING: &str = "var(--warn)";
/// Recovery.
pub const INFO: &str = "var(--info)";
/// Nothing there.
pub const OFF: &str = "var(--off)";

/// Name, light and dark value. Contrast and distance under colour-blind vision were computed for
/// these pairs (WCAG 2.2 contrast; Machado 2009 at severity 1.0, CIEDE2000), 2026-11-22.
const VALUES: [(&str, &str, &str); 11] = [
    ("--series-a", "#0B66EF", "#789DE2"),
    ("--series-b", "#A04703", "#DB8655"),
    ("--series-c", "#1B6254", "#4BEDDD"),
    ("--text", "#1A1F26", "#E8ECF1"),
    ("--text-muted", "#525A65", "#A6B0BD"),
    ("--border", "#7A838F", "#6C7683"),
    ("--panel", "#FFFFFF", "#161B22"),
    ("--crit", "#8C0F1A", "#FF5A47"),
    ("--warn", "#B26A00", "#F2C14E"),
    ("--info", "#0B66EF", "#6FA8FF"),
    ("--off", "#878D96", "#8B929C"),
];

/// The picture with the colours' values in it, so that it can stand alone in a file. It follows the
/// reader's light or dark preference.
#[must_use]
pub fn standalone(svg: &str) -> String {
    let Some(end) = svg.find('>') else {
        return svg.to_string();
    };
    let rules =
        |pick: fn(&(&str, &str, &str)) -> String| VALUES.iter().map(pick).collect::<String>();
    let light = rules(|(name, light, _)| format!("{name}:{light};"));
    let dark = rules(|(name, _, dark)| format!("{name}:{dark};"));
    let style = format!(
        "<style>svg{{{light}color:var(--text);background:var(--panel);\
         font-family:\"Hiragino Sans\",\"Yu Gothic UI\",\"Noto Sans JP\",\"Noto Sans CJK JP\",\
         Meiryo,system-ui,sans-serif}}\
         @media (prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    );
    format!("{}{style}{}", &svg[..=end], &svg[end + 1..])
}
