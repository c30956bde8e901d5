// Compare two journal positions "epoch.seq": negative when `one` is the earlier.
export function compare(one, other) {
  const [epoch, seq] = one.split(".").map(Number);
  const [otherEpoch, otherSeq] = other.split(".").map(Number);
  return epoch - otherEpoch || seq - otherSeq;
}
