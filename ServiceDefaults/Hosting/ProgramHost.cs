using System.Net;

namespace SecKill.ServiceDefaults.Hosting;

/// <summary>What both programs set before the usual settings (environment, appsettings.json, arguments) may override it.</summary>
public static class ProgramHost
{
    /// <summary>The builder of a program's host.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="url">Where to listen unless a setting says otherwise.</param>
    /// <param name="settings">The options classes that the program reads.</param>
    /// <exception cref="ConfigurationException">The URLs that are set cannot be read.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args, string url, IEnumerable<Type> settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.AddLogs();
        builder.Services.AddSettings(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ProcessEnd>();
        CheckUrls(builder.Configuration["urls"] ?? "");
        string[] names = ["urls", "http_ports", "https_ports"];
        if (names.All(name => string.IsNullOrEmpty(builder.Configuration[name])) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(url);
        return builder;
    }

    private static void CheckUrls(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                if (BindingAddress.Parse(url).Port > IPEndPoint.MaxPort)
                    throw new FormatException($"Invalid port in '{url}'.");
            }
            catch (FormatException fault)
            {
                throw new ConfigurationException($"ASPNETCORE_URLS cannot be read: {fault.Message}", fault);
            }
        }
    }
}
