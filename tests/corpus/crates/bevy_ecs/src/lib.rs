use bevy_ecs::prelude::*;
use support::{Random, Sum};

support::exports!(work, fail);

#[derive(Component)]
struct At(f64);

#[derive(Component)]
struct By(f64);

#[derive(Resource, Default)]
struct Steps(usize);

fn step(mut all: Query<(&mut At, &By)>, mut steps: ResMut<Steps>) {
    for (mut at, by) in &mut all {
        at.0 += by.0;
    }
    steps.0 += 1;
}

fn world(random: &mut Random) -> World {
    let mut world = World::new();
    world.init_resource::<Steps>();
    for _ in 0..200 {
        world.spawn((At(random.unit()), By(random.unit())));
    }
    world
}

fn work(random: &mut Random, sum: &mut Sum) {
    let mut world = world(random);
    let mut schedule = Schedule::default();
    schedule.add_systems(step);
    for _ in 0..10 {
        schedule.run(&mut world);
    }
    let total: f64 = world.query::<&At>().iter(&world).map(|at| at.0).sum();
    sum.debug((total, world.resource::<Steps>().0));
}

#[derive(Resource)]
struct Missing;

/// An entity and a resource that are not there.
fn fail(random: &mut Random, seed: u32) {
    let mut world = world(random);
    match seed % 3 {
        0 => _ = world.entity(Entity::PLACEHOLDER).id(),
        1 => _ = world.resource::<Missing>(),
        _ => _ = world.query::<&At>().single(&world).unwrap().0,
    }
}
