//! Vertical autoscalers: bounds in order, and no two autoscalers on one metric.

use super::{Check, contradiction};
use crate::model::autoscaler::{HorizontalPodAutoscaler, UpdateMode, VerticalPodAutoscaler};
use crate::model::finding::FindingKind;
use crate::model::workload::Deployment;

pub(super) fn check_vpa(check: &mut Check, at: &str, deployment: &Deployment) {
    let Some(vpa) = &deployment.vpa else {
        return;
    };
    let path = format!("{at}/vpa");
    check_order(
        check,
        &path,
        "cpu",
        vpa.min_allowed_cpu.zip(vpa.max_allowed_cpu),
    );
    check_order(
        check,
        &path,
        "memory",
        vpa.min_allowed_memory.zip(vpa.max_allowed_memory),
    );
    // Both follow what the pods use: one divides it by the requests that the other sets.
    let hpa = deployment.hpa.as_ref();
    if hpa.is_some_and(HorizontalPodAutoscaler::follows_utilization) && changes_requests(vpa) {
        check.warning(path, FindingKind::AutoscalersFight);
    }
}

fn changes_requests(vpa: &VerticalPodAutoscaler) -> bool {
    vpa.update_mode != UpdateMode::Off
}

fn check_order<T: Ord + std::fmt::Display>(
    check: &mut Check,
    path: &str,
    resource: &str,
    bounds: Option<(T, T)>,
) {
    if let Some((min, max)) = bounds.filter(|(min, max)| min > max) {
        let this = format!("min_allowed_{resource} = {min}");
        let other = format!("max_allowed_{resource} = {max}");
        check.error(path, contradiction(this, "<=", other));
    }
}
