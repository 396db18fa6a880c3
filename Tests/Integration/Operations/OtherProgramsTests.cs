using System.Net.Sockets;
using SecKill.ServiceDefaults.Configuration;
using SecKill.ServiceDefaults.Hosting;

namespace SecKill.Tests.Integration.Operations;

/// <summary>Programs look for silos of another protocol number, in the tables of members that Orleans keeps in Redis.</summary>
public sealed class OtherProgramsTests(OtherProgramsTests.Members members) : IClassFixture<OtherProgramsTests.Members>
{
    private const int Active = 3;
    private const int Dead = 6;

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _watch = TimeSpan.FromSeconds(3);

    private readonly string _service = Names.Fresh("service");
    private readonly TestClock _clock = new();

    /// <summary>Each test has a service of its own.</summary>
    public sealed class Members : IAsyncLifetime
    {
        private readonly RedisServer _server = new();
        private ConnectionMultiplexer _redis = null!;

        public string ConnectionString => _server.ConnectionString;

        public IDatabase Database => _redis.GetDatabase();

        public async ValueTask InitializeAsync()
        {
            await _server.StartAsync();
            _redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        }

        public async ValueTask DisposeAsync()
        {
            await _redis.DisposeAsync();
            await _server.DisposeAsync();
        }
    }

    /// <summary>Of programs without a number, and of some to come.</summary>
    public static TheoryData<int> OtherNumbers => [1, Protocol.Number + 1];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(OtherNumbers))]
    public async Task The_rows_of_killed_silos_are_watched_once_and_then_removed(int number)
    {
        var table = Table("shop", number);
        var (killed, dead) = (NewSilo(), NewSilo());
        await WriteAsync(table, killed);
        await WriteAsync(table, dead, Dead);
        await members.Database.HashSetAsync(table, "Version", 7);

        await AfterWatchAsync(Look());

        Assert.Equal([dead, "Version"], (await members.Database.HashKeysAsync(table)).Select(field => $"{field}").Order(StringComparer.Ordinal));
        await AtOnceAsync(Look());
    }

    [Theory, MemberData(nameof(OtherNumbers))]
    public async Task A_silo_that_renews_its_row_is_refused_by_name_and_number_and_keeps_its_row(int number)
    {
        var table = Table("shop", number);
        var (killed, running) = (NewSilo(), NewSilo());
        await WriteAsync(table, killed);
        await WriteAsync(table, running);

        var refused = await RefusedAfterWatchAsync(Look(), () => WriteAsync(table, running, beat: 1));

        Assert.Contains($"Silo {running} runs a program of another protocol number ({number}; this one has {Protocol.Number}).", refused, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused);
        Assert.Equal(2, await members.Database.HashLengthAsync(table));
    }

    [Fact]
    public async Task A_frozen_silo_is_refused_since_its_address_still_listens()
    {
        using var frozen = Listen();
        var silo = SiloAt(frozen);
        await WriteAsync(Table("shop", 1), silo);

        Assert.Contains(silo, await RefusedAfterWatchAsync(Look()), StringComparison.Ordinal);
        Assert.True(await members.Database.HashExistsAsync(Table("shop", 1), silo));
    }

    [Fact]
    public async Task An_address_that_a_silo_of_ours_has_by_now_does_not_speak_for_the_killed_one()
    {
        using var reused = Listen();
        var killed = SiloAt(reused);
        await WriteAsync(Table("shop", 1), killed);
        await WriteAsync(Table("shop", Protocol.Number), SiloAt(reused, generation: 2));

        await AfterWatchAsync(Look());

        Assert.False(await members.Database.HashExistsAsync(Table("shop", 1), killed));
    }

    [Fact]
    public async Task An_address_whose_silo_of_ours_has_stopped_speaks_for_the_other_one()
    {
        using var reused = Listen();
        await WriteAsync(Table("shop", 1), SiloAt(reused));
        await WriteAsync(Table("shop", Protocol.Number), SiloAt(reused, generation: 2), Dead);

        Assert.Contains(SiloAt(reused), await RefusedAfterWatchAsync(Look()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_of_another_name_is_found_before_an_upgrade_only_and_that_of_another_service_never()
    {
        using var listener = Listen();
        var silo = SiloAt(listener);
        await WriteAsync(Table("green", 1), silo);

        await AtOnceAsync(Look());
        Assert.Contains(silo, await RefusedAfterWatchAsync(LookAtAll()), StringComparison.Ordinal);
        await AfterWatchAsync(Programs(Names.Fresh("service")).ThrowIfAnyOfServiceAsync(Cancellation));
    }

    [Fact]
    public async Task A_silo_that_starts_during_an_upgrade_is_found()
    {
        var silo = NewSilo();

        Assert.Contains(silo, await RefusedAfterWatchAsync(LookAtAll(), () => WriteAsync(Table("shop", 1), silo)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silos_that_stopped_and_those_of_the_same_number_cost_no_wait()
    {
        await WriteAsync(Table("shop", 1), NewSilo(), Dead);
        await WriteAsync(Table("shop", Protocol.Number), NewSilo());

        await AtOnceAsync(Look());
    }

    private Task Look() => Programs(_service).ThrowIfAnyAsync(Cancellation);

    private Task LookAtAll() => Programs(_service).ThrowIfAnyOfServiceAsync(Cancellation);

    private OtherPrograms Programs(string service) =>
        new(RedisSettings.ForOrleans(members.ConnectionString, "other-programs"), new ClusterNames { Id = "shop", ServiceId = service }, _clock);

    private async Task<string> RefusedAfterWatchAsync(Task look, Func<Task>? meanwhile = null) =>
        (await Assert.ThrowsAsync<ConfigurationException>(() => AfterWatchAsync(look, meanwhile))).Message;

    /// <summary>It ends after the watch, and not before.</summary>
    private async Task AfterWatchAsync(Task look, Func<Task>? meanwhile = null)
    {
        await Eventually.EqualAsync("it watches", 1, () => look.IsCompleted ? throw new EventuallyException("It did not watch") : Task.FromResult(_clock.Timers), _soon);
        await (meanwhile?.Invoke() ?? Task.CompletedTask);
        _clock.Advance(_watch);
        await look.WaitAsync(_soon, Cancellation);
    }

    /// <summary>It ends though its clock stands still.</summary>
    private static Task AtOnceAsync(Task look) => look.WaitAsync(_soon, Cancellation);

    private string Table(string cluster, int number) => $"{_service}/members/{Protocol.ClusterId(cluster, number)}";

    /// <summary>As Orleans writes it: what it does not need here is left out.</summary>
    private Task<bool> WriteAsync(string table, string silo, int status = Active, int beat = 0) => members.Database.HashSetAsync(
        table, silo, JsonSerializer.Serialize(new { SiloAddress = silo, Status = status, HostName = "host", IAmAliveTime = DateTime.UnixEpoch.AddSeconds(beat) }));

    /// <summary>One that was killed: nothing listens there.</summary>
    private static string NewSilo() => $"S127.0.0.1:{FreePort.Next()}:1";

    private static string SiloAt(TcpListener listener, int generation = 1) => $"S{listener.LocalEndpoint}:{generation}";

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }
}
