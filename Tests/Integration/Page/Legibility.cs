namespace SecKill.Tests.Integration.Page;

/// <summary>Scripts that look for what people could not read or find.</summary>
internal static class Legibility
{
    /// <summary>Fields without a label, buttons and links without a name.</summary>
    public const string UnlabelledFields = """
        () => [...document.querySelectorAll('input, button, a')]
          .filter(one => !(one.labels?.length || one.textContent.trim() || one.getAttribute('aria-label')))
          .map(one => one.outerHTML)
        """;

    /// <summary>Texts whose contrast is below what WCAG 2.2 AA asks for: 4.5, or 3 for large ones and for what is chosen.</summary>
    public const string FaintTexts = """
        () => {
          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const rgba = color => {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = color;
            canvas.fillRect(0, 0, 1, 1);
            return canvas.getImageData(0, 0, 1, 1).data;
          };
          const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = element => {
            for (let one = element; one; one = one.parentElement) {
              const color = rgba(getComputedStyle(one).backgroundColor);
              if (color[3] > 250) return color;
            }
            return [255, 255, 255, 255];
          };
          const contrast = (color, element) => {
            const [a, b] = [light(color), light(behind(element))].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
          };
          const faint = [...document.querySelectorAll('[type=radio]')]
            .map(radio => contrast(rgba(getComputedStyle(radio).accentColor), radio.parentElement)).filter(ratio => ratio < 3).map(String);
          for (const element of document.querySelectorAll('body *')) {
            const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
            if (!hasText || element.closest('noscript, .skip') || !element.getClientRects().length) continue;
            const style = getComputedStyle(element);
            const color = rgba(element.closest('svg') ? style.fill : style.color);
            const ratio = contrast(color, element);
            const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
            if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}`);
          }
          return faint;
        }
        """;
}
