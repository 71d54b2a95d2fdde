// Shows the sites that have what was typed. Without JavaScript all are shown.
const line = document.getElementById("filter-line");
if (line) {
  const input = document.getElementById("filter");
  const said = document.getElementById("filter-said");
  const rows = [...document.querySelectorAll("#sites tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const show = () => {
    const words = input.value.toLowerCase().split(" ").filter(Boolean);
    let shown = 0;
    rows.forEach((row, at) => {
      row.hidden = !words.every((word) => texts[at].includes(word));
      if (!row.hidden) shown++;
    });
    said.textContent = `${shown} of ${rows.length} shown`;
  };
  input.addEventListener("input", show);
  line.hidden = false;
  show();
}
