use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for n in 0..200 {
        let words = random.words(3);
        writer.write_record([&n.to_string(), "a \"quoted\", field", &words]).expect("a record");
    }
    let text = writer.into_inner().expect("all");
    let mut reader = csv::Reader::from_reader(&text[..]);
    for record in reader.records() {
        let record = record.expect("a record");
        sum.add(&record[2]);
    }
    sum.add(text);
}

/// A field that a record does not have.
fn fail(random: &mut Random, seed: u32) {
    let words = random.words(4);
    let record = csv::StringRecord::from(words.split(' ').collect::<Vec<_>>());
    let bytes = csv::ByteRecord::from(record.clone());
    match seed % 2 {
        0 => _ = &record[9],
        _ => _ = &bytes[9],
    }
}
