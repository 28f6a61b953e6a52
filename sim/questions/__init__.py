"""One question, one room: what is asked, its words, its pictures."""
