use rapier2d::prelude::*;
use support::{Random, Sum};

support::exports!(work, fail);

struct World {
    bodies: RigidBodySet,
    colliders: ColliderSet,
}

fn world(random: &mut Random) -> World {
    let (mut bodies, mut colliders) = (RigidBodySet::new(), ColliderSet::new());
    colliders.insert(ColliderBuilder::cuboid(100.0, 0.1).build());
    for n in 0..20 {
        let body = RigidBodyBuilder::dynamic()
            .translation(Vector::new(random.unit() as f32, 2.0 + n as f32))
            .build();
        let handle = bodies.insert(body);
        let ball = ColliderBuilder::ball(0.5).restitution(0.7).build();
        colliders.insert_with_parent(ball, handle, &mut bodies);
    }
    World { bodies, colliders }
}

fn work(random: &mut Random, sum: &mut Sum) {
    let World { mut bodies, mut colliders } = world(random);
    let mut pipeline = PhysicsPipeline::new();
    let (mut islands, mut broad) = (IslandManager::new(), DefaultBroadPhase::new());
    let (mut narrow, mut impulse) = (NarrowPhase::new(), ImpulseJointSet::new());
    let (mut multibody, mut ccd) = (MultibodyJointSet::new(), CCDSolver::new());
    for _ in 0..30 {
        pipeline.step(
            Vector::new(0.0, -9.81),
            &IntegrationParameters::default(),
            &mut islands,
            &mut broad,
            &mut narrow,
            &mut bodies,
            &mut colliders,
            &mut impulse,
            &mut multibody,
            &mut ccd,
            &(),
            &(),
        );
    }
    for (_, body) in bodies.iter() {
        sum.debug(body.translation());
    }
}

/// A body that is not there.
fn fail(random: &mut Random, seed: u32) {
    let World { bodies, colliders } = world(random);
    match seed % 2 {
        0 => _ = bodies[RigidBodyHandle::invalid()].mass(),
        _ => _ = colliders[ColliderHandle::invalid()].friction(),
    }
}
