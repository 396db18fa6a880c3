using System.CommandLine;

namespace SecKill.Research.Baselines;

/// <summary><c>research serve</c>: the baselines as processes of their own. Hidden, for <c>research compare</c> starts them.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Required = true, Description = "On loopback." };
        var signingKey = new Option<string>("--signing-key") { Required = true, Description = "Base64 of the HS256 key of the tokens." };
        var redis = new Option<string>("--redis") { Required = true, Description = "For StackExchange.Redis, for example localhost:6379." };

        var noop = new Command("noop", "Checks the token, does nothing.") { port, signingKey };
        noop.SetAction((parsed, stop) =>
            NoopServer.RunAsync(parsed.GetValue(port), Convert.FromBase64String(parsed.GetValue(signingKey)!), stop));

        var textbook = new Command("textbook", "ASP.NET Core, JwtBearer, one script a claim.") { port, signingKey, redis };
        textbook.SetAction((parsed, stop) => TextbookServer.RunAsync(
            parsed.GetValue(port), Convert.FromBase64String(parsed.GetValue(signingKey)!), parsed.GetValue(redis)!, stop));

        return new Command("serve", "A baseline to compare with.") { Hidden = true, Subcommands = { noop, textbook } };
    }
}
