// The search of the index page. Every word asked for must be in an entry; names that are what was asked come first.
"use strict";

const SHOWN = 100;
const asked = document.getElementById("asked");
const kind = document.getElementById("kind");
const count = document.getElementById("count");
const found = document.getElementById("found");
const texts = ENTRIES.map(([, name, where, meaning]) => `${name} ${where} ${meaning}`.toLowerCase());

function rank(entry, whole, words) {
  const name = entry[1].toLowerCase();
  if (name === whole) return 0;
  if (name.startsWith(whole)) return 1;
  if (words.every((word) => name.includes(word))) return 2;
  return 3;
}

function line([which, name, where, meaning, link]) {
  const item = document.createElement("li");
  const to = document.createElement("a");
  to.href = link;
  to.textContent = name;
  const what = document.createElement("span");
  what.className = "kind";
  what.textContent = `${KINDS[which]}, ${where}`;
  item.append(to, what, meaning);
  return item;
}

function search() {
  const whole = asked.value.trim().toLowerCase();
  const words = whole.split(/\s+/).filter(Boolean);
  // The question stands in the address, so that it can be passed on.
  history.replaceState(null, "", words.length ? `#q=${encodeURIComponent(asked.value.trim())}` : location.pathname);
  if (!words.length) {
    count.textContent = "";
    found.replaceChildren();
    return;
  }
  const hits = [];
  ENTRIES.forEach((entry, place) => {
    if ((kind.value === "" || entry[0] === Number(kind.value)) && words.every((word) => texts[place].includes(word))) {
      hits.push([rank(entry, whole, words), entry[0], place, entry]);
    }
  });
  hits.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  count.textContent = hits.length > SHOWN ? `${hits.length} found, the first ${SHOWN} shown.` : `${hits.length} found.`;
  found.replaceChildren(...hits.slice(0, SHOWN).map((hit) => line(hit[3])));
}

function askedByAddress() {
  if (location.hash.startsWith("#q=")) asked.value = decodeURIComponent(location.hash.slice(3));
  if (asked.value) search();
}

asked.addEventListener("input", search);
kind.addEventListener("change", search);
document.getElementById("question").addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", askedByAddress);
askedByAddress();
