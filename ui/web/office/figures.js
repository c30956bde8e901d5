// Figures as the office's pages write them.

export const percent = (share) => (share === null || share === undefined ? "—" : `${(share * 100).toFixed(1)}%`);
