//! AWS Fargate under Amazon ECS: capacity without nodes, one micro virtual machine per task.
//!
//! A deployment that runs on it is an ECS *service*: its replicas are the desired count, its pods
//! are tasks, and what a pod requests is the task size, which Fargate sells in steps only
//! ([`task_size`]).

use serde::Serialize;

use super::architecture::Architecture;
use super::component::Component;
use super::defaults;
use super::json::from_json;
use super::variation::Triangular;
use super::workload::Deployment;
use super::zone::ZoneName;
use crate::units::{ByteSize, Cpu};

/// Fargate, as an ECS service uses it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(default, deny_unknown_fields))]
pub struct Fargate {
    /// Zones of the service's subnets; absent means every zone of the architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<ZoneName>>,
    /// From the order for a task until its containers run: the network interface is attached and
    /// the image pulled. The deployment's `startup_time` comes on top.
    pub launch_time: Triangular,
    /// From the loss of a zone until ECS stops the tasks in it that no health check of a load
    /// balancer has found before.
    pub task_loss_time: Triangular,
}

impl Architecture {
    /// True of a deployment that is a service of ECS: one that runs on Fargate.
    #[must_use]
    pub fn is_service(&self, deployment: &Deployment) -> bool {
        let mut homes = deployment.runs_on.0.iter();
        homes.any(|id| matches!(self.components.get(id), Some(Component::Fargate(_))))
    }
}

impl Default for Fargate {
    fn default() -> Self {
        Self {
            zones: None,
            launch_time: defaults::FARGATE_LAUNCH_TIME,
            task_loss_time: defaults::FARGATE_TASK_LOSS_TIME,
        }
    }
}

from_json!(Fargate or default { zones, launch_time, task_loss_time });

const MEBI: u64 = 1 << 20;
const GIBI: u64 = 1 << 30;

/// Task sizes for Linux: CPU in milli-cores, then the least and the most memory and its step
/// (Amazon ECS developer guide, "Task size", read 2026-11-23).
const SIZES: [(u32, u64, u64, u64); 7] = [
    (250, 512 * MEBI, 2 * GIBI, GIBI),
    (500, GIBI, 4 * GIBI, GIBI),
    (1_000, 2 * GIBI, 8 * GIBI, GIBI),
    (2_000, 4 * GIBI, 16 * GIBI, GIBI),
    (4_000, 8 * GIBI, 30 * GIBI, GIBI),
    (8_000, 16 * GIBI, 60 * GIBI, 4 * GIBI),
    (16_000, 32 * GIBI, 120 * GIBI, 8 * GIBI),
];

/// The smallest task size that holds a request, with as little CPU as possible and then as little
/// memory; none when even the largest is too small.
#[must_use]
pub fn task_size(cpu: Cpu, memory: ByteSize) -> Option<(Cpu, ByteSize)> {
    let holds = |(vcpu, _, most, _): &&(u32, u64, u64, u64)| {
        *vcpu >= cpu.millis() && *most >= memory.bytes()
    };
    let (vcpu, least, most, step) = SIZES.iter().find(holds)?;
    let wanted = memory.bytes().max(*least);
    // The smallest size begins below its step.
    let rounded = if wanted == *least {
        wanted
    } else {
        wanted.div_ceil(*step) * step
    };
    let size = ByteSize::from_bytes(rounded.min(*most));
    Some((Cpu::from_millis(*vcpu), size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_rounded_up_to_sizes_that_are_sold() {
        #[track_caller]
        fn check(cpu_m: u32, memory_mib: u64, expected: Option<(u32, u64)>) {
            let memory = ByteSize::from_bytes(memory_mib * MEBI);
            let got = task_size(Cpu::from_millis(cpu_m), memory);
            let got = got.map(|(cpu, memory)| (cpu.millis(), memory.bytes() / MEBI));
            assert_eq!(got, expected, "{cpu_m}m, {memory_mib} Mi");
        }
        check(1, 1, Some((250, 512)));
        check(250, 513, Some((250, 1024)));
        check(250, 2048, Some((250, 2048)));
        // More memory than a quarter of a vCPU can have.
        check(250, 2049, Some((500, 3072)));
        check(500, 512, Some((500, 1024)));
        check(600, 1024, Some((1000, 2048)));
        check(4000, 29_700, Some((4000, 30_720)));
        check(4000, 30_721, Some((8000, 32_768)));
        check(8000, 17_000, Some((8000, 20_480)));
        check(16_000, 122_880, Some((16_000, 122_880)));
        check(16_000, 122_881, None);
        check(16_001, 1, None);
    }
}
