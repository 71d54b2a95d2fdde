use sqlparser::dialect::{Dialect, GenericDialect};
use sqlparser::parser::Parser;
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let text = format!(
        "WITH t AS (SELECT a, COUNT(*) AS n FROM {} WHERE b > {} GROUP BY a)
         SELECT t.a, CASE WHEN n > 3 THEN 'x' ELSE NULL END FROM t
         LEFT JOIN u ON u.id = t.a ORDER BY 2 DESC LIMIT 10",
        random.words(1),
        random.below(999)
    );
    let statements = Parser::parse_sql(&GenericDialect {}, &text).expect("SQL");
    sum.add(statements[0].to_string());
    sum.debug(
        Parser::parse_sql(&GenericDialect {}, "SELECT FROM WHERE").map_err(|e| e.to_string()),
    );
}

/// A dialect that gives up at a letter.
#[derive(Debug)]
struct Broken;

impl Dialect for Broken {
    fn is_identifier_start(&self, letter: char) -> bool {
        letter != 'q' || panic!("no name begins with q")
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        letter.is_alphanumeric()
    }
}

fn fail(random: &mut Random, _: u32) {
    let text = format!("SELECT {}, qu FROM t", random.words(1));
    let _ = Parser::parse_sql(&Broken, &text);
}
