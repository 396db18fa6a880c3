using System.Data.Common;
using Microsoft.Data.Sqlite;
using MySqlConnector;

namespace SecKill.Tests.Integration.Guarantees;

/// <summary>
/// At the most talkative level a log holds no password, hash, token or key, and whatever a client sends, each entry is one line without
/// control characters.
/// </summary>
public sealed class LoggedSecretsTests : IDisposable
{
    private const string Forged = "FORGED";

    /// <summary>What would begin a line of its own, clear the screen, or turn the writing round.</summary>
    private const string Hostile = "\r\n" + Forged + "\u001b[2J\u0085\u2028\u202e\n" + Forged;

    private static readonly string _hostileJson = JsonSerializer.Serialize(Hostile);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);
    private static readonly Dictionary<string, string?> _talkative = new() { ["Logging__LogLevel__Default"] = "Trace", ["Logging__LogLevel__SecKill"] = "Trace" };

    private readonly string _logs = RunFolder.Create("logs");

    public void Dispose() => RunFolder.Delete(_logs);

    [Fact]
    public async Task Of_the_embedded_mode()
    {
        await using var deployment = new EmbeddedDeployment(_talkative, Path.Combine(_logs, "gateway.log"));
        await deployment.StartAsync();
        var secrets = await UseAsync(deployment, () => new SqliteConnection($"Data Source={Path.Combine(deployment.Folder, "ledger.db")};Mode=ReadOnly;Pooling=False"));
        secrets["the password of Redis"] = File.ReadAllText(Path.Combine(deployment.Folder, "redis.secret")).Trim();
        await deployment.StopAsync();

        Check(secrets);
    }

    [Fact]
    public async Task Of_a_cluster_that_works_and_of_one_that_cannot()
    {
        var password = Secret();
        await using var cluster = new ClusterDeployment(silos: 1, gateways: 1, _talkative, password: password, logFolder: _logs);
        await cluster.StartAsync();
        var secrets = await UseAsync(cluster, () => new MySqlConnection(cluster.MySqlServer.ConnectionString));
        secrets["the password of Redis and MySQL"] = password;
        await Task.WhenAll(WrongStarts(cluster, secrets));
        await cluster.StopAsync();

        Check(secrets);
    }

    /// <summary>A life of a user, good and bad; gives the secrets that came along.</summary>
    private static async Task<Dictionary<string, string>> UseAsync(Deployment deployment, Func<DbConnection> ledger)
    {
        var (api, tokens) = (new ApiClient(deployment.Gateways[0]), new Tokens(deployment.SigningKey));
        var (name, seller, password, wrong) = (Names.Fresh("customer"), Names.Fresh("seller"), Secret(), Secret());
        Expect.Created(await api.RegisterAsync(name, password, "customer"));
        Expect.Refused(await api.RegisterAsync(name, password, "customer"), 400);
        Assert.Equal(401, (await api.LogInAsync(name, wrong)).Status);
        var token = (await api.LogInAsync(name, password)).Token!;
        Expect.Created(await api.CreateAsync(tokens.Mint(seller, Tokens.Seller), seller, "c", 1));
        Expect.Claimed(await api.ClaimAsync(token, seller, "c"));
        // Past the quick routes, which log nothing.
        Expect.Listed(await api.SendAsync(HttpMethod.Get, $"/API/users/{name}/coupons", token), "c");
        Expect.Is(await api.LogOutAsync(token), 200, "log out.");
        Expect.Refused(await api.ListAsync(token, name), 401);
        await BeHostileAsync(deployment.Gateways[0], tokens);
        return new()
        {
            ["the password"] = password,
            ["the wrong password"] = wrong,
            ["the token's signature"] = token.Split('.')[2],
            ["the token's payload"] = token.Split('.')[1],
            ["the password's hash"] = await HashAsync(ledger, name),
            ["the signing key"] = Convert.ToBase64String(deployment.SigningKey),
        };
    }

    private static async Task BeHostileAsync(Uri gateway, Tokens tokens)
    {
        var api = new ApiClient(gateway);
        var good = tokens.Mint(Names.Fresh("customer"), Tokens.Customer);
        var path = Uri.EscapeDataString(Hostile);
        foreach (var signer in new[] { tokens, new Tokens(new byte[32]) })
        {
            foreach (var header in new[] { """{"alg":"HS256","typ":"JWT"}""", $$"""{"alg":{{_hostileJson}}}""", $$"""{"alg":"HS256","typ":{{_hostileJson}},"kid":{{_hostileJson}}}""" })
            {
                foreach (var claims in new[] { $$"""{"iss":{{_hostileJson}}}""", $$"""{"iss":"seckill","aud":{{_hostileJson}},"exp":9999999999}""", _hostileJson })
                    Expect.Refused(await api.ListAsync(signer.SignText(header, Encoding.UTF8.GetBytes(claims)), "somebody"), 401);
            }
        }
        await api.SendAsync(HttpMethod.Patch, $"/API/users/{path}/coupons/{path}", good);
        await api.SendAsync(HttpMethod.Get, $"/nothing/{path}?page={path}", good, adjust: request =>
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", $"{Forged}\u0085\u202e");
            request.Headers.TryAddWithoutValidation("User-Agent", $"{Forged}\u001b[2J");
        });
        Expect.Refused(await api.RegisterAsync(Hostile, "secret", "customer"), 400);
        Expect.Refused(await api.RegisterAsync(Names.Fresh("customer"), "secret", Hostile), 400);
        Expect.Refused(await api.RegisterAsync(Names.Fresh("customer"), Hostile, "customer"), 400);
        Assert.Equal(401, (await api.LogInAsync(Hostile, Hostile)).Status);
        await RawRequest.AnswersAsync(gateway, $"GET / HTTP/1.1\r\nHost: {Forged}\u001b[2J\r\nX-A\u001b: {Forged}\u0085\r\n\r\n");
    }

    /// <summary>Programs that are told what they cannot use: they wait or end, and say why.</summary>
    private IEnumerable<Task> WrongStarts(ClusterDeployment cluster, Dictionary<string, string> secrets)
    {
        var (redis, mySql) = (cluster.RedisServer.ConnectionString, cluster.MySqlServer.ConnectionString);
        var bad = secrets["the password of the wrong starts"] = Secret();
        var closed = FreePort.Next();
        (string Project, string Redis, string? MySql, string Says)[] starts =
        [
            ("Silo", $"127.0.0.1:1,password={bad},{bad}=1", mySql, "ConnectionStrings:Redis cannot be read"),
            ("Silo", redis, $"Server=127.0.0.1;Database=seckill;Password=a;{bad}=1", "ConnectionStrings:MySql cannot be read"),
            ("Silo", redis, $"Server=127.0.0.1;Password={bad}", "names no database"),
            ("Silo", redis, $"Server=127.0.0.1;Port={closed};User ID=seckill;Database=seckill;Password={bad}", "SQL does not answer yet"),
            ("Silo", redis, mySql.Replace(secrets["the password of Redis and MySQL"], bad, StringComparison.Ordinal), "SQL does not answer yet"),
            ("Silo", $"127.0.0.1:{closed},password={bad}", mySql, "Redis does not answer yet"),
            ("Gateway", $"127.0.0.1:{closed},password={bad}", null, "No silo answers yet"),
            ("Gateway", redis.Replace(secrets["the password of Redis and MySQL"], bad, StringComparison.Ordinal), null, "No silo answers yet"),
        ];
        return starts.Select(start => SaysAsync(start.Project, start.Says, new()
        {
            ["ConnectionStrings__Redis"] = start.Redis,
            ["ConnectionStrings__MySql"] = start.MySql,
            ["Auth__SigningKey"] = secrets["the signing key"],
            ["Silo__Port"] = $"{FreePort.Next()}",
            ["Silo__GatewayPort"] = $"{FreePort.Next()}",
        }));
    }

    private async Task SaysAsync(string project, string words, Dictionary<string, string?> settings)
    {
        var file = Path.Combine(_logs, $"wrong-{Names.Tag()}.log");
        await using var node = new Node(Deployment.BuiltProgram(project), Deployment.LoopbackAt(FreePort.Next()), new Dictionary<string, string?>(settings.Concat(_talkative))) { LogFile = file };
        await node.LaunchAsync();
        await Eventually.HoldsAsync(
            $"a {project} that cannot start", words, () => File.ReadAllTextAsync(file), log => log.Contains(words, StringComparison.Ordinal), _limit);
    }

    private void Check(Dictionary<string, string> secrets)
    {
        foreach (var file in Directory.GetFiles(_logs))
        {
            var log = _strict.GetString(File.ReadAllBytes(file));
            var lines = log.Split('\n');
            foreach (var (what, secret) in secrets)
                Assert.True(lines.All(line => !line.Contains(secret, StringComparison.Ordinal)), $"{what} stands in {Path.GetFileName(file)}: {lines.FirstOrDefault(line => line.Contains(secret, StringComparison.Ordinal))}");
            Assert.DoesNotContain(lines, line => line.Any(letter => char.IsControl(letter) || letter is '\u2028' or '\u202e'));
            Assert.DoesNotContain(lines, line => line.StartsWith(Forged, StringComparison.Ordinal));
            // All that the tests set is known.
            Assert.DoesNotContain(lines, line => line.Contains("is no setting and is ignored", StringComparison.Ordinal));
        }
        // Otherwise the test tried nothing.
        Assert.Contains(Forged, string.Concat(Directory.GetFiles(_logs, "gateway*").Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    private static string Secret() => $"s3cret{Guid.NewGuid():N}";

    private static async Task<string> HashAsync(Func<DbConnection> connect, string name)
    {
        await using var ledger = connect();
        await ledger.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = ledger.CreateCommand();
        command.CommandText = $"SELECT PayloadBinary FROM OrleansStorage WHERE GrainIdExtensionString = '{name}'";
        using var payload = JsonDocument.Parse((byte[])(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
        return payload.RootElement.GetProperty("PasswordHash").GetString()!;
    }
}
