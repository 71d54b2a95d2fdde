//! A to-do list in Leptos, and buttons that fail.

use leptos::ev::SubmitEvent;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::JsCast;

fn main() {
    let app = document().get_element_by_id("app").expect("a place for the app");
    mount_to(app.unchecked_into(), App).forget();
}

#[component]
fn App() -> impl IntoView {
    let tasks = RwSignal::new(vec!["Buy milk".to_owned(), "Water the plants".to_owned()]);
    let new_task = RwSignal::new(String::new());
    let seconds = RwSignal::new(0);
    // A listener of the page's own, which nobody takes away when the instance has failed.
    set_interval(move || seconds.update(|n| *n += 1), Duration::from_secs(1));

    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let text = new_task.get();
        if !text.is_empty() {
            tasks.update(|tasks| tasks.push(text));
            new_task.set(String::new());
        }
    };
    view! {
        <h1>"To do"</h1>
        <form on:submit=add>
            <input placeholder="What else?" bind:value=new_task />
            <button>"Add"</button>
        </form>
        <ul>
            {move || tasks.get().into_iter().map(|task| view! { <li>{task}</li> }).collect_view()}
        </ul>
        <p id="count">{move || tasks.read().len()} " to do, open for " {seconds} " s"</p>
        <Faults tasks />
    }
}

/// What a program gets wrong, each in the place where programs get it wrong.
#[component]
fn Faults(tasks: RwSignal<Vec<String>>) -> impl IntoView {
    let shown = RwSignal::new(0);
    let handler = move |_| {
        let last = tasks.get()[7].clone();
        tasks.update(|tasks| tasks.push(last));
    };
    let update = move |_| tasks.update(|tasks| drop(tasks.remove(7)));
    let render = move |_| shown.set(7);
    let task = move |_| {
        spawn_local(async move {
            let first = tasks.read()[7].clone();
            tasks.update(|tasks| tasks.push(first));
        });
    };
    view! {
        <p>
            <button on:click=handler>"Panic in a handler"</button>
            <button on:click=update>"Panic in an update"</button>
            <button on:click=render>"Panic in the view"</button>
            <button on:click=task>"Panic in a task"</button>
            <button on:click=|_| std::process::abort()>"Abort"</button>
        </p>
        <p id="shown">"The first: " {move || tasks.read()[shown.get()].clone()}</p>
    }
}
