// Runs before the first paint, so that a chosen theme never flashes. Not a module for that reason.
try {
  const chosen = localStorage.getItem('ourvidz.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is off: the system's theme it is.
}
