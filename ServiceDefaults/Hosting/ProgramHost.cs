namespace SecKill.ServiceDefaults.Hosting;

/// <summary>What both programs set before the usual settings (environment, appsettings.json, arguments) may override it.</summary>
internal static class ProgramHost
{
    /// <summary>The builder of a program's host.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="url">Where to listen unless a setting says otherwise.</param>
    /// <param name="settings">The options classes that the program reads.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args, string url, IEnumerable<Type> settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.AddLogs();
        builder.Services.AddSettings(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ProcessEnd>();
        string[] names = ["urls", "http_ports", "https_ports"];
        if (names.All(name => string.IsNullOrEmpty(builder.Configuration[name])) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(url);
        return builder;
    }
}
