use lopdf::{Document, Stream, dictionary};
use std::io::Write;
use support::{Random, Sum};

support::exports!(work, fail);

fn document(random: &mut Random) -> Document {
    let mut document = Document::with_version("1.5");
    let pages = document.new_object_id();
    let text = format!("BT /F1 12 Tf 50 700 Td ({}) Tj ET", random.words(6));
    let content = document.add_object(Stream::new(dictionary! {}, text.into_bytes()));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let kids = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    document.objects.insert(pages, kids.into());
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    document
}

fn work(random: &mut Random, sum: &mut Sum) {
    let mut document = document(random);
    let mut file = Vec::new();
    document.save_to(&mut file).expect("room");
    let again = Document::load_mem(&file).expect("a document");
    for (number, page) in again.get_pages() {
        sum.debug((number, again.get_page_content(page).expect("content")));
    }
    sum.debug(Document::load_mem(&file[..file.len() / 3]).is_err());
}

/// A file that gives up in the middle.
struct Broken(usize);

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).expect("no room in the file");
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn fail(random: &mut Random, _: u32) {
    let room = 100 + random.below(100);
    let _ = document(random).save_to(&mut Broken(room));
}
