// What cannot wait for the modules: the theme, before the page is painted, and the question who is signed in, which is answered while
// they load. A classic script, since modules run too late for either.
(function () {
  try {
    var theme = localStorage.getItem("sansheng.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (localStorage.getItem("sansheng.lang") === "en") document.documentElement.lang = "en";
  } catch (refused) {
    // A browser that keeps nothing follows the system's theme.
  }
  window.sanshengSession = fetch("/api/v1/session", { headers: { Accept: "application/json" } });
  // Whoever waits for it hears of a failure; nobody else needs to.
  window.sanshengSession.catch(function () {});
})();
