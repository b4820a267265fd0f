// Sets the theme that was used last before the page is painted. A classic script: modules run too late for that.
(function () {
  try {
    var theme = localStorage.getItem("sansheng.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (localStorage.getItem("sansheng.lang") === "en") document.documentElement.lang = "en";
  } catch (refused) {
    // A browser that keeps nothing follows the system's theme.
  }
})();
