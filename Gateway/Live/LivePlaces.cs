namespace SecKill.Gateway.Live;

/// <summary>Whether there is a place.</summary>
internal enum LivePlace
{
    /// <summary>It is taken, and must be given back.</summary>
    Taken,

    /// <summary>All places are taken.</summary>
    AllTaken,

    /// <summary>This client address has as many as one may have.</summary>
    AddressHasAll,
}

/// <summary>Places of one kind: so many in all, and so many for one client address.</summary>
/// <param name="perAddress">How many one address may have; 0: as many as there are.</param>
internal sealed class LivePlaces(int all, int perAddress)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, int> _byAddress = [];
    private int _taken;

    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Takes one for an address, by its number (<see cref="Limits.ClientAddress"/>).</summary>
    public LivePlace Take(int address)
    {
        lock (_gate)
        {
            if (_taken >= all)
                return LivePlace.AllTaken;
            var own = _byAddress.GetValueOrDefault(address);
            if (perAddress > 0 && own >= perAddress)
                return LivePlace.AddressHasAll;
            _byAddress[address] = own + 1;
            _taken++;
            return LivePlace.Taken;
        }
    }

    public void GiveBack(int address)
    {
        lock (_gate)
        {
            _taken--;
            if (--_byAddress[address] == 0)
                _byAddress.Remove(address);
        }
    }
}
